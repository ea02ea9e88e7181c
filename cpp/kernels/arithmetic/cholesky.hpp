// Cholesky factorisation of a row-major symmetric matrix, in place and without pivoting.
#pragma once

#include <cstddef>

#include "arithmetic/lanes.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

inline double dot(const double* a, const double* b, std::size_t n) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (std::size_t k = 0; k < n; ++k) sum += a[k] * b[k];
    return sum;
}

inline double square_root(double value) { return __builtin_sqrt(value); }

// A pivot so large that the solution of its row is 0.
constexpr double kHeld = 1e150;
// Columns that are factored at a time, and their division into tiles of 12 dot products, whose sums
// fit into AVX2's 16 registers.
constexpr std::size_t kBlock = 12;
constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTileColumns = 3;

// left (rows x kBlock) = dot products of rows of the factor so far, to be subtracted.
template <std::size_t Rows>
inline void taken_off(const double* rows, const double* block, std::size_t stride,
                      std::size_t width, std::size_t done, double* left) {
    std::size_t c = 0;
    double tile[Rows * kTileColumns];
    for (; c + kTileColumns <= width; c += kTileColumns) {
        dots<Rows, kTileColumns>(rows, block + c * stride, stride, done, tile);
        for (std::size_t r = 0; r < Rows; ++r) {
            for (std::size_t k = 0; k < kTileColumns; ++k) {
                left[r * kBlock + c + k] = tile[r * kTileColumns + k];
            }
        }
    }
    for (; c < width; ++c) {
        dots<Rows, 1>(rows, block + c * stride, stride, done, tile);
        for (std::size_t r = 0; r < Rows; ++r) left[r * kBlock + c] = tile[r];
    }
}

// Factors the diagonal block whose first row and column are `done`, and inverts its factor. The
// inverse is stored transposed, so that products with rows read it contiguously.
inline void factor_block(double* matrix, std::size_t stride, std::size_t done, std::size_t width,
                         double smallest, double* inverse) {
    double* block = matrix + done * stride;
    double left[kBlock];
    for (std::size_t i = 0; i < width; ++i) {
        double* row = block + i * stride;
        check_interrupt((i + 1) * done);
        taken_off<1>(row, block, stride, i + 1, done, left);
        double* entry = row + done;
        for (std::size_t j = 0; j < i; ++j) {
            const double* other = block + j * stride + done;
            entry[j] = (entry[j] - left[j] - dot(entry, other, j)) / other[j];
        }
        const double pivot = entry[i] - left[i] - dot(entry, entry, i);
        entry[i] = pivot > smallest * entry[i] ? square_root(pivot) : kHeld;
    }
    for (std::size_t k = 0; k < kBlock * kBlock; ++k) inverse[k] = 0.0;
    for (std::size_t j = 0; j < width; ++j) {
        for (std::size_t i = j; i < width; ++i) {
            const double* entry = block + i * stride + done;
            double value = i == j ? 1.0 : 0.0;
            for (std::size_t k = j; k < i; ++k) value -= entry[k] * inverse[j * kBlock + k];
            inverse[j * kBlock + i] = value / entry[i];
        }
    }
}

// Rows below a block: their remainder times the inverse of the block's factor.
template <std::size_t Rows>
inline void finish_rows(double* rows, const double* block, std::size_t stride, std::size_t done,
                        std::size_t width, const double* inverse) {
    double left[Rows * kBlock];
    check_interrupt(Rows * width * done);
    taken_off<Rows>(rows, block, stride, width, done, left);
    for (std::size_t r = 0; r < Rows; ++r) {
        double* entry = rows + r * stride + done;
        double sum[kBlock] = {};
        for (std::size_t k = 0; k < width; ++k) {
            const double value = entry[k] - left[r * kBlock + k];
#pragma omp simd
            for (std::size_t c = 0; c < kBlock; ++c) sum[c] += value * inverse[k * kBlock + c];
        }
        for (std::size_t c = 0; c < width; ++c) entry[c] = sum[c];
    }
}

// Overwrites the lower triangle, diagonal included, by L with L L' = matrix, whose rows are
// `stride` apart. A row whose pivot falls below `smallest` times its diagonal entry is collinear
// with the rows before it, like a duplicate column. Its unknown is fixed at 0.
inline void factor(double* matrix, std::size_t stride, std::size_t size, double smallest) {
    double inverse[kBlock * kBlock];
    for (std::size_t done = 0; done < size; done += kBlock) {
        const std::size_t width = size - done < kBlock ? size - done : kBlock;
        const double* block = matrix + done * stride;
        factor_block(matrix, stride, done, width, smallest, inverse);
        std::size_t i = done + width;
        for (; i + kTileRows <= size; i += kTileRows) {
            finish_rows<kTileRows>(matrix + i * stride, block, stride, done, width, inverse);
        }
        for (; i < size; ++i) {
            finish_rows<1>(matrix + i * stride, block, stride, done, width, inverse);
        }
    }
}

// Solves L x = right in place, four rows at a time.
inline void solve_lower(const double* lower, std::size_t stride, std::size_t size, double* right) {
    double before[kTileRows];
    std::size_t i = 0;
    for (; i + kTileRows <= size; i += kTileRows) {
        const double* rows = lower + i * stride;
        check_interrupt(kTileRows * i);
        dots<kTileRows, 1>(rows, right, stride, i, before);
        for (std::size_t r = 0; r < kTileRows; ++r) {
            const double* row = rows + r * stride + i;
            right[i + r] = (right[i + r] - before[r] - dot(row, right + i, r)) / row[r];
        }
    }
    for (; i < size; ++i) {
        const double* row = lower + i * stride;
        right[i] = (right[i] - dot(row, right, i)) / row[i];
    }
}

// Solves L' x = right in place, four rows at a time.
inline void solve_upper(const double* lower, std::size_t stride, std::size_t size, double* right) {
    std::size_t i = size;
    for (; i >= kTileRows; i -= kTileRows) {
        const std::size_t first = i - kTileRows;
        check_interrupt(kTileRows * first);
        const double* rows = lower + first * stride;
        for (std::size_t r = kTileRows; r-- > 0;) {
            const double* row = rows + r * stride + first;
            right[first + r] /= row[r];
            for (std::size_t k = 0; k < r; ++k) right[first + k] -= right[first + r] * row[k];
        }
        const double x0 = right[first], x1 = right[first + 1];
        const double x2 = right[first + 2], x3 = right[first + 3];
#pragma omp simd
        for (std::size_t k = 0; k < first; ++k) {
            right[k] -= x0 * rows[k] + x1 * rows[stride + k] + x2 * rows[2 * stride + k] +
                        x3 * rows[3 * stride + k];
        }
    }
    while (i-- > 0) {
        const double* row = lower + i * stride;
        right[i] /= row[i];
        for (std::size_t k = 0; k < i; ++k) right[k] -= right[i] * row[k];
    }
}

// Solves L L' x = right in place.
inline void solve_factored(const double* lower, std::size_t stride, std::size_t size,
                           double* right) {
    solve_lower(lower, stride, size, right);
    solve_upper(lower, stride, size, right);
}

}  // namespace bridle::BRIDLE_LEVEL
