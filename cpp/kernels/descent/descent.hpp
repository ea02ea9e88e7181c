// Coordinate descent for the weighted squared loss, over dense or sparse columns.
#pragma once

#include "arithmetic/scalar.hpp"
#include "bridle/descent/coordinate_descent.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// Exact minimisation over coordinate k; returns the decrease of the objective.
//
// `Residual` holds X and the residual: work(k) is how many numbers a step reads,
// negative_gradient(k) is sum_i h_i (x_ik - center_k) r_i, and move(k, step) takes step times that
// column, less its center, off the residual, after negative_gradient(k).
template <class Residual>
double descend_along(const Coordinates& list, std::size_t k, double* coef, Residual& residual) {
    const double hessian = list.curvature[k] + list.l2[k];
    if (!(list.curvature[k] > 0.0)) {
        // The coefficient of a constant column is 0, and stays 0.
        coef[k] = 0.0;
        return 0.0;
    }
    check_interrupt(residual.work(k));
    const double negative_gradient = residual.negative_gradient(k) / list.scale[k];
    const double target =
        soft(negative_gradient + list.curvature[k] * coef[k], list.l1[k]) / hessian;
    const double next = clip(target, list.lower[k], list.upper[k]);
    const double change = next - coef[k];
    if (change == 0.0) return 0.0;
    coef[k] = next;
    residual.move(k, change / list.scale[k]);
    return hessian * change * change;
}

// Sweeps until no step gains more than `tolerance`, at most `limit` times.
template <class Residual>
Sweeps descend_on(const Coordinates& list, double* coef, Residual& residual, std::int64_t limit,
                  double tolerance) {
    Sweeps sweeps{0, 0.0};
    while (sweeps.done < limit) {
        sweeps.largest_gain = 0.0;
        for (std::size_t k = 0; k < list.count; ++k) {
            const double gain = descend_along(list, k, coef, residual);
            if (gain > sweeps.largest_gain) sweeps.largest_gain = gain;
        }
        ++sweeps.done;
        if (sweeps.largest_gain <= tolerance) break;
    }
    return sweeps;
}

}  // namespace bridle::BRIDLE_LEVEL
