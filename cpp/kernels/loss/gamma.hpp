// Gamma loss, y exp(-eta) + eta, for y > 0.
#pragma once

#include "arithmetic/vector_math.hpp"
#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

// With the ratio r = y / mean it is r - log(r) + log(y): Poisson loss of the count 1, whose mean is
// the ratio, and whose linear predictor is log(y) - eta.
struct Gamma {
    static constexpr const char* kName = "gamma";
    static constexpr bool kQuadratic = false;

    static LossRow row(double y, double eta) {
        const double ratio = ratio_of(y, eta);
        return {ratio + eta, ratio - 1.0, ratio};
    }

    // If the ratio is above 1, the curvature at eta is the largest on the way to log(y). Below, the
    // secant slope of the gradient leads to log(y) in one step.
    static double majorant(double y, double eta) {
        const double ratio = ratio_of(y, eta);
        const double distance = eta - natural_logarithm(y > kTiny ? y : kTiny);
        const double secant = (1.0 - ratio) / (distance > kNear ? distance : kNear);
        return distance > kNear ? secant : ratio;
    }

    static double smallest_curvature(double) { return 1e-5; }

    // q log(q / y) - q of the dual point's ratio q = 1 - u; infinite above u = 1.
    static double conjugate(double y, double dual) {
        const double q = 1.0 - dual;
        const double inside = q < 0.0 ? 0.0 : q;
        const double log_y = natural_logarithm(y > kTiny ? y : kTiny);
        const double value = times_logarithm(inside) - inside * (log_y + 1.0);
        return q < -kOutside ? __builtin_huge_val() : value;
    }

    // As for Poisson loss: at most the chi-squared divergence of the ratios.
    static double divergence(double size) { return size * size; }

  private:
    static double ratio_of(double y, double eta) {
        return y * exponential(eta > -300.0 ? -eta : 300.0);
    }

    static constexpr double kTiny = 1e-300;
    static constexpr double kNear = 1e-6;
};

}  // namespace bridle::BRIDLE_LEVEL
