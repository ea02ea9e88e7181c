// Poisson loss, exp(eta) - y eta, of a y that is not negative.
#pragma once

#include "level.hpp"
#include "loss/loss_row.hpp"
#include "vector_math.hpp"

namespace bridle::BRIDLE_LEVEL {

struct Poisson {
    static constexpr const char* kName = "poisson";
    static constexpr bool kQuadratic = false;

    static LossRow row(double y, double eta) {
        const double mean = mean_of(eta);
        return {mean - y * eta, y - mean, mean};
    }

    // Above the mean of y the curvature is largest where the row is; below, the secant of the
    // gradient leads to where y is predicted. A step beyond is for the line search to cut.
    static double majorant(double y, double eta) {
        const double mean = mean_of(eta);
        const double distance = natural_logarithm(y > kTiny ? y : kTiny) - eta;
        const double secant = (y - mean) / (distance > kNear ? distance : kNear);
        return y > kTiny && distance > kNear ? secant : mean;
    }

    static double smallest_curvature(double y) { return y > 0.0 ? 1e-5 * y : kTiny; }

    // q log q - q of the mean that the dual point stands for, infinite below 0.
    static double conjugate(double y, double dual) {
        const double q = y + dual;
        const double inside = q < 0.0 ? 0.0 : q;
        const double edge = kOutside * (y > 1.0 ? y : 1.0);
        return q < -edge ? __builtin_huge_val() : times_logarithm(inside) - inside;
    }

    // The divergence is sum of m ((1 + r) log(1 + r) - r) with r > -1, at most the sum of m r^2.
    static double divergence(double size) { return size * size; }

  private:
    // Squares of exp(300) are still numbers; no mean of data comes near it.
    static double mean_of(double eta) { return exponential(eta < 300.0 ? eta : 300.0); }

    static constexpr double kTiny = 1e-300;
    static constexpr double kNear = 1e-6;
};

}  // namespace bridle::BRIDLE_LEVEL
