// One column of a sparse matrix, and its weighted moments.
#pragma once

#include <cstdint>

#include "arithmetic/spread.hpp"
#include "bridle/products/sparse_view.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

template <class T, class I>
struct SparseColumn {
    const T* data;
    const I* index;
    std::ptrdiff_t size;

    SparseColumn(const SparseView<T, I>& x, std::int64_t j)
        : data(x.data + x.start[j]),
          index(x.index + x.start[j]),
          size(static_cast<std::ptrdiff_t>(x.start[j + 1] - x.start[j])) {}

    double value(std::ptrdiff_t e) const { return static_cast<double>(data[e]); }
};

// Sum of the weights over all rows, and number of positive weights.
struct WeightTotals {
    double sum;
    std::ptrdiff_t positive;
};

// Over all rows, with weight(i) the weight of a row. Rows without an entry are added together, and
// not at all if none has a weight: the rounding of a difference must not make a constant column
// vary.
template <class T, class I, class Weight>
Deviations deviations_about(const SparseColumn<T, I>& x, double center, const WeightTotals& totals,
                            const Weight& weight) {
    double sum = 0.0, squares = 0.0, held = 0.0;
    std::ptrdiff_t positive = 0;
    for (std::ptrdiff_t e = 0; e < x.size; ++e) {
        const double w = weight(x.index[e]);
        const double d = x.value(e) - center;
        sum += w * d;
        squares += w * d * d;
        held += w;
        positive += w > 0.0;
    }
    if (positive == totals.positive || totals.sum <= held) return {sum, squares};
    const double rest = totals.sum - held;
    return {sum - rest * center, squares + rest * center * center};
}

}  // namespace bridle::BRIDLE_LEVEL
