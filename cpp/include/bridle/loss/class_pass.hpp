// Multinomial loss and gradient at many linear predictors.
#pragma once

#include <cstddef>

#include "bridle/loss/class_rows.hpp"

namespace bridle {

// For each predictor m: its loss; the largest sum of a class's negative gradient; of Newton's step
// of the intercepts, the distance between its largest and smallest number (infinite if there is no
// step) and its squared length in the metric of the curvature; and
// pearson = sum_i w_i sum_k (y_ik - p_ik)^2 / p_ik.
struct ClassTotals {
    double* value;
    double* residual;
    double* span;
    double* moved;
    double* pearson;
};

// Predictors that are computed together, so that rows of `dual` are written contiguously.
constexpr std::size_t kClassPassTogether = 8;

// Predictor m is contiguous, class by class. dual[i * stride + k * count + m] = negative gradient
// in class k; with intercepts, minus the curvature times their Newton step, so that each class's
// dual sums to 0. `memory` has kClassPassTogether x classes x rows + 2 rows + classes (classes + 3)
// doubles.
using ClassPassFn = void (*)(const ClassRows& rows, const double* eta, std::size_t count,
                             double* memory, double* dual, std::size_t stride,
                             const ClassTotals& totals);

}  // namespace bridle
