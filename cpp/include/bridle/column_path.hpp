// Proximal Newton and coordinate descent on the columns of a working set, along a grid of
// strengths, with the residual at hand and no cross-product.
//
// At strength s it minimises, over coefficients b and an intercept b0 that is not penalised,
//
//   sum_i w_i loss(y_i, o_i + b0 + x_i b) + sum_k factor_k (l1_s |b_k| + l2_s / 2 b_k^2)
//
// subject to lower_k <= b_k <= upper_k, where x_ik = (column_ik - center_k) / scale_k is never
// formed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/grid.hpp"
#include "bridle/loss_pass.hpp"
#include "bridle/sparse_view.hpp"

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

// Weights sum to 1; a row of weight 0 is not there, but its linear predictor is given.
struct ColumnProblem : LossRows {
    std::size_t count;
    const double* center;
    const double* scale;
    const double* factor;  // finite
    const double* lower;
    const double* upper;
};

// One row for each strength: coef (count), eta (rows); gap is the one it was done at. Solutions and
// points to start from are coef and intercept. Rows without such continue the two before them.
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

// Returns the sweeps done.
template <class Columns>
using ColumnPathFn = std::int64_t (*)(const Columns& columns, const ColumnProblem& problem,
                                      const Grid& grid, const Precision& precision,
                                      const ColumnMemory& memory, const ColumnSolutions& solutions);

}  // namespace bridle
