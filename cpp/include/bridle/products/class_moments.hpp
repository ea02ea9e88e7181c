// Sums, squares and cross-products of columns over classes of rows, about a shift that all classes
// share, so that sums of classes can be added.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/loss/loss_pass.hpp"
#include "bridle/products/dense_view.hpp"

namespace bridle {

// For the columns from `begin` to `end`: shift[j] = sum_i w_i x_ij / sum_i w_i, and for class g
// sums[g * stride + j] = sum of w_i (x_ij - shift_j) over its rows; squares likewise. Rows of a
// negative class are skipped. Arrays begin at column 0.
struct ClassSums {
    double* shift;
    double* sums;
    double* squares;
    std::size_t stride;
};

struct RowClassing {
    const std::int64_t* of_row;
    std::size_t count;
    const double* weight;
};

// Most columns that any instruction set processes together. `memory` has twice as many doubles per
// class.
constexpr std::size_t kWidest = 16;

template <class T>
using ClassMomentsFn = void (*)(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                                const RowClassing& classes, double* memory, const ClassSums& out);

// Adds to the upper triangle of gram ((p + 2) x (p + 2)) the sum over the listed rows of
// w_i z_i z_i' with z_i = (x_i - shift, y_i, 1); weights and targets have an entry per row of X.
// `packed` has kGramRows doubles for each of p + 2 * kWidest columns.
constexpr std::size_t kGramRows = 128;

template <class T>
using GramOfRowsFn = void (*)(const DenseView<T>& x, const std::int64_t* row, std::size_t count,
                              const double* weight, const double* target, const double* shift,
                              double* packed, double* gram);

// Cross-products of all columns, minus shift[j] and divided by scale[j], with each other (p x p)
// and with the target (p): y minus the offset and, with an intercept, minus its mean.
struct WholeGram {
    const double* shift;
    const double* scale;
    double* gram;
    double* linear;
};

struct TargetSums {
    double level;  // the mean that was subtracted
    double total_squares;
};

// `sums` has (p + 2) x (p + 2) doubles, `target` one per row, `packed` as above.
template <class T>
using GramOfAllFn = TargetSums (*)(const DenseView<T>& x, const LossRows& rows, double* sums,
                                   double* target, double* packed, const WholeGram& out);

}  // namespace bridle
