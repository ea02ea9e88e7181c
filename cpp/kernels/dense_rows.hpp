// Passes over the rows of one dense column.
#pragma once

#include <cstddef>

#include "level.hpp"
#include "out_of_line.hpp"
#include "spread.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// sum_i (x_i - mean) v_i, in four independent sums, since a single one waits for each addition.
BRIDLE_OUT_OF_LINE double centered_dot(const double* x, double mean, const double* v,
                                       std::size_t n) {
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    const std::size_t quarter = n / 4;
    const double *x1 = x + quarter, *x2 = x1 + quarter, *x3 = x2 + quarter;
    const double *v1 = v + quarter, *v2 = v1 + quarter, *v3 = v2 + quarter;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (std::size_t i = 0; i < quarter; ++i) {
        s0 += (x[i] - mean) * v[i];
        s1 += (x1[i] - mean) * v1[i];
        s2 += (x2[i] - mean) * v2[i];
        s3 += (x3[i] - mean) * v3[i];
    }
    for (std::size_t i = 4 * quarter; i < n; ++i) s0 += (x[i] - mean) * v[i];
    return (s0 + s1) + (s2 + s3);
}

// sum_i h_i (x_i - center) and sum_i h_i (x_i - center)^2
BRIDLE_OUT_OF_LINE Deviations deviations(const double* x, double center, const double* h,
                                         std::size_t n) {
    double s0 = 0.0, s1 = 0.0, q0 = 0.0, q1 = 0.0;
    const std::size_t half = n / 2;
    const double *x1 = x + half, *h1 = h + half;
#pragma omp simd reduction(+ : s0, s1, q0, q1)
    for (std::size_t i = 0; i < half; ++i) {
        const double d0 = x[i] - center, d1 = x1[i] - center;
        s0 += h[i] * d0;
        s1 += h1[i] * d1;
        q0 += h[i] * d0 * d0;
        q1 += h1[i] * d1 * d1;
    }
    for (std::size_t i = 2 * half; i < n; ++i) {
        s0 += h[i] * (x[i] - center);
        q0 += h[i] * (x[i] - center) * (x[i] - center);
    }
    return {s0 + s1, q0 + q1};
}

// u_i -= step h_i (x_i - mean)
BRIDLE_OUT_OF_LINE void subtract_weighted(const double* x, double mean, const double* h,
                                          double step, double* u, std::size_t n) {
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i) u[i] -= step * h[i] * (x[i] - mean);
}

// out_i += step (x_i - center)
BRIDLE_OUT_OF_LINE void add_centered(const double* x, double center, double step, double* out,
                                     std::size_t n) {
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i) out[i] += step * (x[i] - center);
}

}  // namespace
}  // namespace bridle::BRIDLE_LEVEL
