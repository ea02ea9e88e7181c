// Products of many columns with many vectors in one pass over the columns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/products/dense_view.hpp"

namespace bridle {

// The rows to sum over, in this order; all rows if `index` is null.
struct Rows {
    const std::int64_t* index;
    std::size_t count;
};

// out[k * vectors + m] = sum_i x(row_i, column[k]) * right[i * vectors + m]
//
// The order of each sum depends only on the number of rows, so the result does not depend on how
// columns and vectors are divided among threads and calls. `memory` has kGroupColumns doubles per
// vector.
constexpr std::size_t kGroupColumns = 64;

template <class T>
using ProductsFn = void (*)(const DenseView<T>& x, const Rows& rows, const std::int64_t* column,
                            std::size_t count, const double* right, std::size_t vectors,
                            double* memory, double* out);

}  // namespace bridle
