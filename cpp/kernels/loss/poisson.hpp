// Poisson loss, exp(eta) - y eta, for y >= 0.
#pragma once

#include "arithmetic/vector_math.hpp"
#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

struct Poisson {
    static constexpr const char* kName = "poisson";
    static constexpr bool kQuadratic = false;

    static LossRow row(double y, double eta) {
        const double mean = mean_of(eta);
        return {mean - y * eta, y - mean, mean};
    }

    // If the mean is above y, the curvature at eta is the largest on the way to log(y). Below, the
    // secant slope of the gradient leads to log(y) in one step. The line search cuts longer steps.
    static double majorant(double y, double eta) {
        const double mean = mean_of(eta);
        const double distance = natural_logarithm(y > kTiny ? y : kTiny) - eta;
        const double secant = (y - mean) / (distance > kNear ? distance : kNear);
        return y > kTiny && distance > kNear ? secant : mean;
    }

    static double smallest_curvature(double y) { return y > 0.0 ? 1e-5 * y : kTiny; }

    // q log q - q of the dual point's mean q; infinite below 0.
    static double conjugate(double y, double dual) {
        const double q = y + dual;
        const double inside = q < 0.0 ? 0.0 : q;
        const double edge = kOutside * (y > 1.0 ? y : 1.0);
        return q < -edge ? __builtin_huge_val() : times_logarithm(inside) - inside;
    }

    // The divergence is the sum of m ((1 + r) log(1 + r) - r) with r > -1, at most that of m r^2.
    static double divergence(double size) { return size * size; }

  private:
    // The square of exp(300) does not overflow; no mean of real data comes near it.
    static double mean_of(double eta) { return exponential(eta < 300.0 ? eta : 300.0); }

    static constexpr double kTiny = 1e-300;
    static constexpr double kNear = 1e-6;
};

}  // namespace bridle::BRIDLE_LEVEL
