// What the slopes of all features say about which should join a working set, in one reading of X.
//
// Vectors come in groups, one for each problem, ordered by strength. With
// slope = inverse_scale * sum_i x_ij right_im the excess of feature j under vector m is
// max(up_j slope, -down_j slope) / l1_m: above 1 where the feature would enter.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/cross_products.hpp"
#include "bridle/dense_view.hpp"

namespace bridle {

struct Screen {
    std::size_t columns;
    std::size_t groups;
    const double* inverse_scale;  // a row of `columns` for each group
    const std::uint8_t* held;     // the same: 1 where the group's working set holds the feature
    const double* up;    // of each column: 1 / factor where its coefficient may be positive, else 0
    const double* down;  // the same where it may be negative
    const std::int64_t* first;  // group g has the vectors first[g] to first[g + 1]
    const double* l1;           // of each vector, positive
    const double* ahead;        // of each group: the l1 strength that it will come to next
    const double* distance;  // how far that is, in steps as from the vector before the last to it
};

// Results of a block of columns: worst[m] = max_j excess, over the features that are not held;
// reach[g * stride + j] = max_m excess, and the excess ahead, where the slope goes on in a line.
struct Screened {
    double* worst;
    double* reach;
    std::size_t stride;
};

// Screens the columns from `begin` to `end`; `memory` lends kGroupColumns doubles for each vector.
template <class T>
using ScreenFn = void (*)(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                          const double* right, std::size_t vectors, const Screen& screen,
                          double* memory, const Screened& screened);

}  // namespace bridle
