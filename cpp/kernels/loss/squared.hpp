// Squared loss, (y - eta)^2 / 2.
#pragma once

#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

struct Squared {
    static constexpr const char* kName = "squared";
    static constexpr bool kQuadratic = true;

    static LossRow row(double y, double eta) {
        const double residual = y - eta;
        return {0.5 * residual * residual, residual, 1.0};
    }

    static double majorant(double, double) { return 1.0; }
    static double smallest_curvature(double) { return 1.0; }

    // sup_t u t - loss(t)
    static double conjugate(double y, double dual) { return dual * (y + 0.5 * dual); }

    // Exact.
    static double divergence(double size) { return 0.5 * size * size; }
};

}  // namespace bridle::BRIDLE_LEVEL
