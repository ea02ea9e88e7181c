// Loss, gradient and curvature at many linear predictors.
#pragma once

#include <cstddef>

namespace bridle {

// One problem's rows; weights sum to 1.
struct LossRows {
    std::size_t loss;  // index in `Kernels::losses`
    double parameter;  // of the loss; ignored by a loss without one
    bool fit_intercept;
    std::size_t rows;
    const double* weight;
    const double* y;
    const double* offset;
};

// For each predictor m: its loss, the sums of the negative gradient and of the curvature, and
// pearson = sum_i gradient_i^2 / curvature_i, Pearson's chi-squared.
struct LossTotals {
    double* value;
    double* residual;
    double* curvature;
    double* pearson;
};

// Predictors are contiguous. dual[i * stride + m] = negative gradient at predictor m; with an
// intercept, minus a multiple of the curvature, so that each dual sums to 0. `memory` has 16
// doubles per row.
using LossPassFn = void (*)(const LossRows& rows, const double* eta, std::size_t count,
                            double* memory, double* dual, std::size_t stride,
                            const LossTotals& totals);

// The same without the intercept's shift, for rows that are a part of a problem's:
// terms[i * stride + m] is the negative gradient and terms[i * stride + second + m] the curvature.
using LossTermsFn = void (*)(const LossRows& rows, const double* eta, std::size_t count,
                             double* memory, double* terms, std::size_t second, std::size_t stride,
                             const LossTotals& totals);

}  // namespace bridle
