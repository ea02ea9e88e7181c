// Huber loss of the residual r = y - eta: r^2 / 2 up to a limit, and linear beyond it.
#pragma once

#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

struct Huber {
    static constexpr const char* kName = "huber";
    static constexpr bool kQuadratic = false;
    static constexpr bool kLinearTails = true;

    double limit;

    LossRow row(double y, double eta) const {
        const double residual = y - eta;
        const double above = residual > limit ? limit : residual;
        const double clipped = above < -limit ? -limit : above;
        const double curvature = clipped == residual ? 1.0 : 0.0;
        return {clipped * (residual - 0.5 * clipped), clipped, curvature};
    }

    // No even quadratic that touches the loss at eta and is nowhere below it is flatter.
    double majorant(double y, double eta) const {
        const double size = __builtin_fabs(y - eta);
        return limit / (size > limit ? size : limit);
    }

    static double smallest_curvature(double) { return 1e-5; }

    double conjugate(double y, double dual) const {
        const bool outside = __builtin_fabs(dual) > limit * (1.0 + kOutside);
        return outside ? __builtin_huge_val() : dual * (y + 0.5 * dual);
    }

    // Of rows on the square.
    static double divergence(double size) { return 0.5 * size * size; }
};

}  // namespace bridle::BRIDLE_LEVEL
