// Screening: the features that violate their KKT condition, in one pass over X.
//
// Vectors are weighted residuals of trial fits, in groups: one group per problem, ordered by
// strength. With negative_gradient = inverse_scale * sum_i x_ij right_im, the screening ratio of
// feature j at vector m is max(up_j negative_gradient, -down_j negative_gradient) / l1_m. If it is
// above 1, the coefficient is not 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/products/cross_products.hpp"
#include "bridle/products/dense_view.hpp"

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
    const double* ahead;        // of each group: the l1 strength of the forecast
    const double* distance;     // its distance from the last vector, in steps between the last two
    // Adjacent groups, with as many vectors each, whose gradients count by their norm: the outputs
    // of a problem with tied coefficients. 1 if every gradient counts alone.
    std::size_t tied;
};

// Results of a block of columns: worst[m] = max_j ratio, over features outside the working set;
// reach[g * stride + j] = max_m ratio, including the forecast by linear extrapolation of the
// negative gradient.
struct Screened {
    double* worst;
    double* reach;
    std::size_t stride;
};

// Screens the columns from `begin` to `end`; `memory` has kGroupColumns doubles per vector.
template <class T>
using ScreenFn = void (*)(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                          const double* right, std::size_t vectors, const Screen& screen,
                          double* memory, const Screened& screened);

}  // namespace bridle
