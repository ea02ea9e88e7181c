// Proximal Newton and coordinate descent on the columns of a working set, along a grid of
// strengths. It updates the residual and forms no cross-products.
//
// At strength s it minimises, over coefficients b and an unpenalised intercept b0,
//
//   sum_i w_i loss(y_i, o_i + b0 + x_i b) + sum_k factor_k (l1_s |b_k| + l2_s / 2 b_k^2)
//
// subject to lower_k <= b_k <= upper_k, where x_ik = (column_ik - center_k) / scale_k is never
// formed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/loss/loss_pass.hpp"
#include "bridle/path/grid.hpp"
#include "bridle/products/sparse_view.hpp"

namespace bridle {

// Column k of the working set is contiguous and begins at data + list[k] * stride.
struct DenseColumns {
    const double* data;
    std::ptrdiff_t stride;
    const std::int64_t* list;
};

template <class T, class I>
struct SparseColumns {
    SparseView<T, I> x;
    const std::int64_t* list;
};

// Weights sum to 1. A row of weight 0 has no influence, but its linear predictor is computed.
struct ColumnProblem : LossRows {
    std::size_t count;
    const double* center;
    const double* scale;
    const double* factor;  // finite
    const double* lower;
    const double* upper;
};

// One row per strength: coef (count), eta (rows), and the gap that was reached. Rows of coef and
// intercept that hold neither a solution nor a start are extrapolated from the two rows before.
struct ColumnSolutions {
    double* coef;
    double* intercept;
    double* eta;
    double* gap;
};

// Memory that the caller lends.
struct ColumnMemory {
    double* rows;         // kRowVectors x rows
    double* columns;      // kColumnVectors x count
    std::int64_t* index;  // kIndexVectors x count
    static constexpr std::size_t kRowVectors = 6;
    static constexpr std::size_t kColumnVectors = 12;
    static constexpr std::size_t kIndexVectors = 3;
};

// Returns the number of sweeps.
template <class Columns>
using ColumnPathFn = std::int64_t (*)(const Columns& columns, const ColumnProblem& problem,
                                      const Grid& grid, const Precision& precision,
                                      const ColumnMemory& memory, const ColumnSolutions& solutions);

}  // namespace bridle
