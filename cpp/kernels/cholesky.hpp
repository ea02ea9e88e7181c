// Cholesky factorisation of a row-major symmetric matrix, in place and without pivoting.
#pragma once

#include <cstddef>

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

inline double dot(const double* a, const double* b, std::size_t n) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (std::size_t k = 0; k < n; ++k) sum += a[k] * b[k];
    return sum;
}

// Four dot products with one vector, which is then read once.
inline void dot4(const double* a, const double* const b[4], std::size_t n, double out[4]) {
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    const double *b0 = b[0], *b1 = b[1], *b2 = b[2], *b3 = b[3];
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (std::size_t k = 0; k < n; ++k) {
        s0 += a[k] * b0[k];
        s1 += a[k] * b1[k];
        s2 += a[k] * b2[k];
        s3 += a[k] * b3[k];
    }
    out[0] = s0;
    out[1] = s1;
    out[2] = s2;
    out[3] = s3;
}

inline double square_root(double value) { return __builtin_sqrt(value); }

// A pivot so large that the solution of its row is 0.
constexpr double kHeld = 1e150;

// Overwrites the lower triangle, diagonal included, by L with L L' = matrix. A row whose pivot
// falls below `smallest` times its diagonal entry depends on the rows before it, as a duplicate
// column does: it is held, and the system is that of the others.
inline void factor(double* matrix, std::size_t size, double smallest) {
    for (std::size_t i = 0; i < size; ++i) {
        double* row = matrix + i * size;
        std::size_t j = 0;
        for (; j + 4 <= i; j += 4) {
            const double* const block[4] = {matrix + j * size, matrix + (j + 1) * size,
                                            matrix + (j + 2) * size, matrix + (j + 3) * size};
            double sum[4];
            dot4(row, block, j, sum);
            for (std::size_t k = 0; k < 4; ++k) {
                double value = row[j + k] - sum[k];
                for (std::size_t m = 0; m < k; ++m) value -= row[j + m] * block[k][j + m];
                row[j + k] = value / block[k][j + k];
            }
        }
        for (; j < i; ++j) {
            const double* other = matrix + j * size;
            row[j] = (row[j] - dot(row, other, j)) / other[j];
        }
        const double pivot = row[i] - dot(row, row, i);
        row[i] = pivot > smallest * row[i] ? square_root(pivot) : kHeld;
    }
}

// Solves L L' x = right in place.
inline void solve_factored(const double* lower, std::size_t size, double* right) {
    for (std::size_t i = 0; i < size; ++i) {
        right[i] = (right[i] - dot(lower + i * size, right, i)) / lower[i * size + i];
    }
    for (std::size_t i = size; i-- > 0;) {
        const double* row = lower + i * size;
        right[i] /= row[i];
        const double value = right[i];
#pragma omp simd
        for (std::size_t k = 0; k < i; ++k) right[k] -= value * row[k];
    }
}

}  // namespace bridle::BRIDLE_LEVEL
