// Duality gap of a working set, from the gradients in its coefficients.
#pragma once

#include "bridle/interrupt.hpp"
#include "bridle/path/column_path.hpp"
#include "level.hpp"
#include "loss/rows.hpp"
#include "path/column_descent.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// Properties of the point: its loss, and the shift that makes its residuals sum to 0.
struct GapPoint {
    const LossKernel& kernel;
    double parameter;
    LossSums loss;
    double shift;
    const double* coef;
    const double* negative_gradient;
    // sum_i h_i X_ik^2 of a column; negative if not computed yet.
    const double* hessian;
};

// Bound on the loss term of the gap for scaled residuals.
inline double loss_gap(const GapPoint& point, double scale) {
    const double share = 1.0 - scale;
    const double size = share * __builtin_sqrt(point.loss.pearson) +
                        scale * magnitude(point.shift) * __builtin_sqrt(point.loss.curvature);
    return point.kernel.divergence(size) + share * tail_excess(point.kernel, point.loss);
}

// Terms of the listed coefficients in the gap. The gradient of a coefficient without penalty or
// bounds would have to be 0; twice the decrease by a step along it is counted instead.
inline double penalty_gap(const ColumnProblem& problem, Strength strength, const GapPoint& point,
                          ListView list, double scale) {
    double sum = 0.0;
    for (std::size_t a = 0; a < list.size; ++a) {
        const std::size_t k = static_cast<std::size_t>(list.index[a]);
        const Bound bound(problem, strength, k);
        const double negative_gradient = scale * point.negative_gradient[k];
        if (point.coef[k] == 0.0 && magnitude(negative_gradient) <= bound.l1) continue;
        if (negative_gradient != 0.0 && bound.endless(negative_gradient)) {
            sum += point.hessian[k] > 0.0 ? negative_gradient * negative_gradient / point.hessian[k]
                                          : kInfinity;
        } else {
            sum += bound.fenchel_gap(point.coef[k], negative_gradient);
        }
    }
    return sum;
}

// The gap of the problem that has only the listed columns.
inline double working_gap(const ColumnProblem& problem, Strength strength, const GapPoint& point,
                          ListView list) {
    check_interrupt(16 * list.size);
    const double whole = domain_share(point.kernel, point.parameter, point.shift);
    double scale = whole;
    for (std::size_t a = 0; a < list.size; ++a) {
        const std::size_t k = static_cast<std::size_t>(list.index[a]);
        const Bound bound(problem, strength, k);
        if (point.coef[k] == 0.0 && magnitude(point.negative_gradient[k]) <= bound.l1) continue;
        const double feasible =
            bound.feasible_scale(point.negative_gradient[k] - bound.l2 * point.coef[k]);
        if (feasible < scale) scale = feasible;
    }
    const double plain =
        loss_gap(point, whole) + penalty_gap(problem, strength, point, list, whole);
    if (scale == whole) return plain;
    const double scaled =
        loss_gap(point, scale) + penalty_gap(problem, strength, point, list, scale);
    return scaled < plain ? scaled : plain;
}

// Largest KKT violation of the listed coefficients, as a fraction of the l1 strength; coefficients
// without an l1 strength are not counted.
inline double worst_violation(const ColumnProblem& problem, Strength strength,
                              const GapPoint& point, ListView list) {
    double worst = 0.0;
    for (std::size_t a = 0; a < list.size; ++a) {
        const std::size_t k = static_cast<std::size_t>(list.index[a]);
        const Bound bound(problem, strength, k);
        if (point.coef[k] == 0.0 && magnitude(point.negative_gradient[k]) <= bound.l1) continue;
        if (!(bound.l1 > 0.0) || point.hessian[k] == 0.0) continue;
        const double found = bound.violation(point.coef[k], point.negative_gradient[k]) / bound.l1;
        if (found > worst) worst = found;
    }
    return worst;
}

}  // namespace bridle::BRIDLE_LEVEL
