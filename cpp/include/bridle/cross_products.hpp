// Products of many columns with many vectors in one reading of X, and what they say about which
// features should join a working set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/dense_view.hpp"

namespace bridle {

// out[k * vectors + m] = sum_i x(i, column[k]) * right[i * vectors + m]
//
// Every element is summed in one order that depends on the number of rows alone: how the columns
// and the vectors are divided among threads and calls changes nothing.
template <class T>
using ProductsFn = void (*)(const DenseView<T>& x, const std::int64_t* column, std::size_t count,
                            const double* right, std::size_t vectors, double* out);

// How far a feature's slope goes beyond the l1 strength, in shares of it.
struct Screen {
    const double* inverse_scale;  // one row of x.columns for each group of vectors
    const std::int64_t* group;    // of each vector
    const double* l1;             // of each vector, positive
    const double* up;    // of each column: 1 / factor where its coefficient may be positive, else 0
    const double* down;  // the same where it may be negative
};

// For columns begin to end, excess(j, m) = max(up_j * slope, -down_j * slope) / l1_m with
// slope = inverse_scale * sum_i x_ij right_im:
// worst[m] = max_j excess(j, m), reach[j - begin] = max_m excess(j, m).
template <class T>
using ScreenFn = void (*)(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                          const double* right, std::size_t vectors, const Screen& screen,
                          double* worst, double* reach);

}  // namespace bridle
