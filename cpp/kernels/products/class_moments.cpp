// Compiled once for each instruction set; see level.hpp.
#include "bridle/products/class_moments.hpp"

#include "arithmetic/cholesky.hpp"
#include "arithmetic/tile.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

static_assert(kWide <= static_cast<std::ptrdiff_t>(kWidest));

// Calls step(i, values) for every row with the values of up to kWide columns.
template <class T, class Step>
void for_each_row(const DenseView<T>& x, const std::int64_t* column, std::ptrdiff_t wide,
                  const Step& step) {
    alignas(64) double packed[kRows * kWide];
    const RowList all{nullptr, x.rows};
    for (std::ptrdiff_t row = 0; row < x.rows; row += kRows) {
        const std::ptrdiff_t rows = smaller(kRows, x.rows - row);
        check_interrupt(static_cast<std::size_t>(2 * rows * kWide));
        pack_columns(x, column, wide, all, row, rows, packed);
        for (std::ptrdiff_t i = 0; i < rows; ++i) step(row + i, packed + i * kWide);
    }
}

}  // namespace

template <class T>
void class_moments(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                   const RowClassing& classes, double* memory, const ClassSums& out) {
    double* const sums = memory;
    double* const squares = memory + classes.count * kWide;
    for (std::int64_t j = begin; j < end; j += kWide) {
        const std::ptrdiff_t wide = smaller(kWide, static_cast<std::ptrdiff_t>(end - j));
        std::int64_t column[kWide];
        for (std::ptrdiff_t k = 0; k < wide; ++k) column[k] = j + k;
        double shift[kWide] = {};
        double weight = 0.0;
        for_each_row(x, column, wide, [&](std::ptrdiff_t i, const double* values) {
            if (classes.of_row[i] < 0) return;
            const double w = classes.weight[i];
            weight += w;
            for (std::ptrdiff_t k = 0; k < kWide; ++k) shift[k] += w * values[k];
        });
        for (std::ptrdiff_t k = 0; k < kWide; ++k)
            shift[k] = weight > 0.0 ? shift[k] / weight : 0.0;
        for (std::size_t k = 0; k < 2 * classes.count * kWide; ++k) memory[k] = 0.0;
        for_each_row(x, column, wide, [&](std::ptrdiff_t i, const double* values) {
            if (classes.of_row[i] < 0) return;
            const double w = classes.weight[i];
            double* sum = sums + classes.of_row[i] * kWide;
            double* square = squares + classes.of_row[i] * kWide;
            for (std::ptrdiff_t k = 0; k < kWide; ++k) {
                const double about = values[k] - shift[k];
                sum[k] += w * about;
                square[k] += w * about * about;
            }
        });
        for (std::ptrdiff_t k = 0; k < wide; ++k) {
            const std::size_t at = static_cast<std::size_t>(j + k);
            out.shift[at] = shift[k];
            for (std::size_t g = 0; g < classes.count; ++g) {
                out.sums[g * out.stride + at] = sums[g * kWide + static_cast<std::size_t>(k)];
                out.squares[g * out.stride + at] = squares[g * kWide + static_cast<std::size_t>(k)];
            }
        }
    }
}

namespace {

// Half a panel at a time is enough for AVX2's registers and latency; AVX-512 takes a whole panel.
constexpr std::ptrdiff_t kGramTall = kLanes == 8 ? 8 : 4;

// Packs columns j to j + kWide of (x - shift, y, 1), times the root of the weight, into a panel.
template <class T>
void pack_moments(const DenseView<T>& x, const RowList& list, std::ptrdiff_t first,
                  std::ptrdiff_t rows, std::ptrdiff_t j, const double* weight, const double* target,
                  const double* shift, double* panel) {
    const std::ptrdiff_t wide = j < x.columns ? smaller(kWide, x.columns - j) : 0;
    std::int64_t column[kWide];
    double about[kWide] = {};
    for (std::ptrdiff_t k = 0; k < wide; ++k) {
        column[k] = j + k;
        about[k] = shift[j + k];
    }
    pack_columns(x, column, wide, list, first, rows, panel);
    const std::ptrdiff_t place = x.columns - j;
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        double* row = panel + i * kWide;
        if (place >= 0 && place < kWide) row[place] = target[list[first + i]];
        if (place + 1 >= 0 && place + 1 < kWide) row[place + 1] = 1.0;
        const double root = square_root(weight[list[first + i]]);
        for (std::ptrdiff_t k = 0; k < kWide; ++k) row[k] = (row[k] - about[k]) * root;
    }
}

}  // namespace

template <class T>
void gram_of_rows(const DenseView<T>& x, const std::int64_t* row, std::size_t count,
                  const double* weight, const double* target, const double* shift, double* packed,
                  double* gram) {
    const std::ptrdiff_t size = x.columns + 2;
    const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(kGramRows);
    const RowList list{row, static_cast<std::ptrdiff_t>(count)};
    for (std::ptrdiff_t first = 0; first < list.count; first += block) {
        const std::ptrdiff_t rows = smaller(block, list.count - first);
        for (std::ptrdiff_t j = 0; j < size; j += kWide) {
            check_interrupt(static_cast<std::size_t>(rows * kWide));
            pack_moments(x, list, first, rows, j, weight, target, shift, packed + j * block);
        }
        for (std::ptrdiff_t a = 0; a < size; a += kGramTall) {
            check_interrupt(static_cast<std::size_t>(rows * kGramTall * (size - a)));
            const double* tall = packed + a / kWide * kWide * block + a % kWide;
            const std::ptrdiff_t kept = smaller(kGramTall, size - a);
            for (std::ptrdiff_t b = a / kWide * kWide; b < size; b += kWide) {
                alignas(64) double sums[kGramTall * kWide] = {};
                multiply<kGramTall>(packed + b * block, tall, kWide, rows, kept, sums, kWide);
                const std::ptrdiff_t wide = smaller(kWide, size - b);
                for (std::ptrdiff_t m = 0; m < kept; ++m) {
                    double* to = gram + (a + m) * size + b;
                    for (std::ptrdiff_t k = 0; k < wide; ++k) to[k] += sums[m * kWide + k];
                }
            }
        }
    }
}

template <class T>
TargetSums gram_of_all(const DenseView<T>& x, const LossRows& rows, double* sums, double* target,
                       double* packed, const WholeGram& out) {
    double level = 0.0;
#pragma omp simd reduction(+ : level)
    for (std::size_t i = 0; i < rows.rows; ++i) {
        target[i] = rows.y[i] - rows.offset[i];
        level += rows.weight[i] * target[i];
    }
    if (!rows.fit_intercept) level = 0.0;
    for (std::size_t i = 0; i < rows.rows; ++i) target[i] -= level;
    const std::size_t size = static_cast<std::size_t>(x.columns), width = size + 2;
    for (std::size_t k = 0; k < width * width; ++k) sums[k] = 0.0;
    gram_of_rows(x, nullptr, rows.rows, rows.weight, target, out.shift, packed, sums);
    for (std::size_t j = 0; j < size; ++j) {
        check_interrupt(size);
        const double* row = sums + j * width;
        for (std::size_t k = j; k < size; ++k) {
            const double product = row[k] / out.scale[j] / out.scale[k];
            out.gram[j * size + k] = product;
            out.gram[k * size + j] = product;
        }
        out.linear[j] = row[size] / out.scale[j];
    }
    return {level, sums[size * width + size]};
}

template void class_moments<double>(const DenseView<double>&, std::int64_t, std::int64_t,
                                    const RowClassing&, double*, const ClassSums&);
template void class_moments<float>(const DenseView<float>&, std::int64_t, std::int64_t,
                                   const RowClassing&, double*, const ClassSums&);
template void gram_of_rows<double>(const DenseView<double>&, const std::int64_t*, std::size_t,
                                   const double*, const double*, const double*, double*, double*);
template void gram_of_rows<float>(const DenseView<float>&, const std::int64_t*, std::size_t,
                                  const double*, const double*, const double*, double*, double*);
template TargetSums gram_of_all<double>(const DenseView<double>&, const LossRows&, double*, double*,
                                        double*, const WholeGram&);
template TargetSums gram_of_all<float>(const DenseView<float>&, const LossRows&, double*, double*,
                                       double*, const WholeGram&);

}  // namespace bridle::BRIDLE_LEVEL
