// Coordinate descent for the weighted squared loss with an elastic-net penalty.
//
// Minimises   1/2 sum_i h_i (r_i)^2 + sum_j l1_j |b_j| + 1/2 l2_j b_j^2,   lower_j <= b_j <=
// upper_j, over the coefficients of the listed columns, where r = z - X b and X_ij = (x_ij -
// center_j) / scale_j is never formed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/products/dense_view.hpp"

namespace bridle {

// Arrays have one entry per listed column, in the order of the list.
struct Coordinates {
    const std::int64_t* column;
    std::size_t count;
    const double* center;
    const double* scale;
    const double* curvature;  // sum_i h_i X_ij^2
    const double* l1;
    const double* l2;
    const double* lower;
    const double* upper;
};

struct Sweeps {
    std::int64_t done;
    // Largest (curvature_j + l2_j) * step_j^2 of the last sweep; bounds the change of the
    // objective.
    double largest_gain;
};

// Sweeps until no step gains more than `tolerance`, at most `limit` times. Updates `coef` (one
// entry per listed column) and `residual` (one entry per row) in place.
template <class T>
using DescendFn = Sweeps (*)(const DenseView<T>& x, const double* weight, const Coordinates& list,
                             double* coef, double* residual, std::int64_t limit, double tolerance);

// Weighted mean and variance of each listed column, in two passes. The variance of a column that is
// constant up to rounding is 0. Weights sum to 1.
template <class T>
using MomentsFn = void (*)(const DenseView<T>& x, const double* weight, const std::int64_t* column,
                           std::size_t count, double* mean, double* variance);

}  // namespace bridle
