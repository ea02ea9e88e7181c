// What a loss says of many linear predictors at once.
#pragma once

#include <cstddef>

namespace bridle {

// One problem's rows; weights sum to 1.
struct LossRows {
    std::size_t loss;  // its place among `Kernels::losses`
    bool fit_intercept;
    std::size_t rows;
    const double* weight;
    const double* y;
    const double* offset;
};

// For each predictor m: its loss, the sums of minus the gradient and of the curvature, and
// pearson = sum_i gradient_i^2 / curvature_i.
struct LossTotals {
    double* value;
    double* residual;
    double* curvature;
    double* pearson;
};

// Predictors lie along memory. dual[i * stride + m] = minus the gradient at predictor m; where
// there is an intercept, a share of the curvature is taken off so that each dual sums to 0.
// `memory` holds 16 x rows.
using LossPassFn = void (*)(const LossRows& rows, const double* eta, std::size_t count,
                            double* memory, double* dual, std::size_t stride,
                            const LossTotals& totals);

}  // namespace bridle
