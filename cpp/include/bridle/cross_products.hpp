// Products of many columns with many vectors in one reading.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/dense_view.hpp"

namespace bridle {

// Which rows take part, in their order; all of them where `index` is null.
struct Rows {
    const std::int64_t* index;
    std::size_t count;
};

// out[k * vectors + m] = sum_i x(row_i, column[k]) * right[i * vectors + m]
//
// Every element is summed in one order that depends on the number of rows alone: how the columns
// and the vectors are divided among threads and calls changes nothing. `memory` lends kGroupColumns
// doubles for each vector.
constexpr std::size_t kGroupColumns = 64;

template <class T>
using ProductsFn = void (*)(const DenseView<T>& x, const Rows& rows, const std::int64_t* column,
                            std::size_t count, const double* right, std::size_t vectors,
                            double* memory, double* out);

}  // namespace bridle
