// Logistic loss, log(1 + exp(eta)) - y eta, for y in [0, 1].
#pragma once

#include "arithmetic/vector_math.hpp"
#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

struct Logistic {
    static constexpr const char* kName = "logistic";
    static constexpr bool kQuadratic = false;

    static LossRow row(double y, double eta) {
        const bool positive = eta >= 0.0;
        const double size = __builtin_fabs(eta);
        const double e = exponential(-size);
        const double inverse = 1.0 / (1.0 + e);
        const double unlikely = e * inverse;
        const double missing = positive ? 1.0 - y : y;
        // y minus the probability, without cancellation.
        const double residual = positive ? unlikely - missing : missing - unlikely;
        return {log_one_plus(e) + missing * size, residual, unlikely * inverse};
    }

    // tanh(size / 2) / (2 size): Jaakkola and Jordan (2000), "Bayesian parameter estimation via
    // variational methods", equation 8.
    static double majorant(double, double eta) {
        const double size = __builtin_fabs(eta);
        const double e = exponential(-size);
        return size < 1e-4 ? 0.25 : 0.5 * (1.0 - e) / ((1.0 + e) * size);
    }

    static double smallest_curvature(double) { return 0.25e-5; }

    // Negative entropy of the dual point's probability; infinite outside [0, 1].
    static double conjugate(double y, double dual) {
        const double q = y + dual;
        const double inside = q < 0.0 ? 0.0 : (q > 1.0 ? 1.0 : q);
        const double value = times_logarithm(inside) + times_logarithm(1.0 - inside);
        return q < -kOutside || q > 1.0 + kOutside ? __builtin_huge_val() : value;
    }

    // The Kullback-Leibler divergence is at most the chi-squared divergence.
    static double divergence(double size) { return size * size; }
};

}  // namespace bridle::BRIDLE_LEVEL
