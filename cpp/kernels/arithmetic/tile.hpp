// Products of packed blocks, in tiles that are kept in registers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arithmetic/lanes.hpp"
#include "bridle/interrupt.hpp"
#include "bridle/products/cross_products.hpp"
#include "bridle/products/dense_view.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// A tile of kWide columns and kTall vectors: 12 of AVX2's 16 registers, 20 of AVX-512's 32.
// Lockstep fits ten strengths ahead: ten vectors fill the larger tile.
constexpr std::ptrdiff_t kWide = kLanes == 8 ? 16 : 8;
constexpr std::ptrdiff_t kTall = kLanes == 8 ? 10 : 6;
constexpr std::ptrdiff_t kParts = kWide / kLanes;
// Rows per block: a packed block of columns and one of vectors fit into the first-level cache.
constexpr std::ptrdiff_t kRows = 256;

inline std::ptrdiff_t smaller(std::ptrdiff_t a, std::ptrdiff_t b) { return a < b ? a : b; }

// Adds to sums (one row of kWide per vector, `sums_stride` apart) the products of one packed block:
// columns in rows of kWide, vectors in rows `stride` apart, of which Tall entries are read and
// `kept` are added.
template <std::ptrdiff_t Tall>
inline void multiply(const double* columns, const double* vectors, std::ptrdiff_t stride,
                     std::ptrdiff_t rows, std::ptrdiff_t kept, double* sums,
                     std::ptrdiff_t sums_stride) {
    Lane sum[Tall][kParts] = {};
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        Lane x[kParts];
        for (std::ptrdiff_t part = 0; part < kParts; ++part) {
            x[part] = load(columns + i * kWide + part * kLanes);
        }
        const double* r = vectors + i * stride;
#pragma GCC unroll 10
        for (std::ptrdiff_t m = 0; m < Tall; ++m) {
#pragma GCC unroll 4
            for (std::ptrdiff_t part = 0; part < kParts; ++part) {
                add_product(sum[m][part], x[part], r[m]);
            }
        }
    }
    for (std::ptrdiff_t m = 0; m < kept; ++m) {
        for (std::ptrdiff_t part = 0; part < kParts; ++part) {
            double* to = sums + m * sums_stride + part * kLanes;
            Lane before = load(to);
            add_product(before, sum[m][part], 1.0);
            store(before, to);
        }
    }
}

// The rows of a matrix to sum over, in order; all of them without an index.
struct RowList {
    const std::int64_t* index;
    std::ptrdiff_t count;

    std::ptrdiff_t operator[](std::ptrdiff_t i) const {
        return index == nullptr ? i : static_cast<std::ptrdiff_t>(index[i]);
    }
};

// Whether these columns are adjacent, so that a row of them is contiguous.
template <class T>
inline bool side_by_side(const DenseView<T>& x, const std::int64_t* column, std::ptrdiff_t count) {
    if (x.column_stride != 1) return false;
    for (std::ptrdiff_t k = 1; k < count; ++k) {
        if (column[k] != column[0] + k) return false;
    }
    return true;
}

// Packs a block of kWide columns, row by row.
template <class T>
inline void pack_rows(const DenseView<T>& x, std::int64_t begin, const RowList& list,
                      std::ptrdiff_t first, std::ptrdiff_t rows, double* packed) {
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        const T* data = x.data + list[first + i] * x.row_stride + begin;
        for (std::ptrdiff_t k = 0; k < kWide; ++k) {
            packed[i * kWide + k] = static_cast<double>(data[k]);
        }
    }
}

// Packs up to kWide columns into rows of kWide, from row `first` of the list on.
template <class T>
inline void pack_columns(const DenseView<T>& x, const std::int64_t* column, std::ptrdiff_t count,
                         const RowList& list, std::ptrdiff_t first, std::ptrdiff_t rows,
                         double* packed) {
    if (count == kWide && side_by_side(x, column, count)) {
        pack_rows(x, column[0], list, first, rows, packed);
        return;
    }
    for (std::ptrdiff_t k = 0; k < kWide; ++k) {
        if (k >= count) {
            for (std::ptrdiff_t i = 0; i < rows; ++i) packed[i * kWide + k] = 0.0;
            continue;
        }
        const T* data = x.data + column[k] * x.column_stride;
        if (list.index == nullptr) {
            data += first * x.row_stride;
            for (std::ptrdiff_t i = 0; i < rows; ++i) {
                packed[i * kWide + k] = static_cast<double>(data[i * x.row_stride]);
            }
        } else {
            for (std::ptrdiff_t i = 0; i < rows; ++i) {
                packed[i * kWide + k] = static_cast<double>(data[list[first + i] * x.row_stride]);
            }
        }
    }
}

// The last vectors, fewer than kTall, padded with zeros.
inline void pack_rest(const double* vectors, std::ptrdiff_t stride, std::ptrdiff_t count,
                      std::ptrdiff_t rows, double* packed) {
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        for (std::ptrdiff_t m = 0; m < kTall; ++m) {
            packed[i * kTall + m] = m < count ? vectors[i * stride + m] : 0.0;
        }
    }
}

// Columns that are multiplied together, so that they share each read of a block of vectors.
constexpr std::ptrdiff_t kGroup = static_cast<std::ptrdiff_t>(kGroupColumns);

// Sums for up to kGroup columns and several vectors: per kWide columns, a row of kWide per vector.
// `right` has a row of vectors per row of the list.
template <class T>
inline void multiply_group(const DenseView<T>& x, const std::int64_t* column, std::ptrdiff_t count,
                           const RowList& list, const double* right, std::ptrdiff_t vectors,
                           double* sums) {
    alignas(64) double columns[kRows * kWide];
    alignas(64) double rest[kRows * kTall];
    const std::ptrdiff_t blocks = (count + kWide - 1) / kWide;
    const std::ptrdiff_t whole = vectors / kTall * kTall;
    for (std::ptrdiff_t k = 0; k < blocks * vectors * kWide; ++k) sums[k] = 0.0;
    for (std::ptrdiff_t row = 0; row < list.count; row += kRows) {
        const std::ptrdiff_t rows = smaller(kRows, list.count - row);
        const double* panel = right + row * vectors;
        check_interrupt(static_cast<std::size_t>(rows * count * (vectors + 1)));
        if (whole < vectors) pack_rest(panel + whole, vectors, vectors - whole, rows, rest);
        for (std::ptrdiff_t b = 0; b < blocks; ++b) {
            const std::ptrdiff_t wide = smaller(kWide, count - b * kWide);
            double* out = sums + b * vectors * kWide;
            pack_columns(x, column + b * kWide, wide, list, row, rows, columns);
            for (std::ptrdiff_t m = 0; m < whole; m += kTall) {
                multiply<kTall>(columns, panel + m, vectors, rows, kTall, out + m * kWide, kWide);
            }
            if (whole < vectors) {
                multiply<kTall>(columns, rest, kTall, rows, vectors - whole, out + whole * kWide,
                                kWide);
            }
        }
    }
}

}  // namespace bridle::BRIDLE_LEVEL
