// Passes over the rows of one dense column.
#pragma once

#include <cstddef>

#include "arithmetic/out_of_line.hpp"
#include "arithmetic/spread.hpp"
#include "level.hpp"

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

// Columns that are stepped along together: each pass over a residual serves all of them.
constexpr std::size_t kTogether = 4;

struct ColumnsTogether {
    const double* x[kTogether];
    double mean[kTogether];
};

// out_a = sum_i (x_ai - mean_a) v_i
BRIDLE_OUT_OF_LINE void dots_together(const ColumnsTogether& columns, const double* v,
                                      std::size_t n, double* out) {
    const double *x0 = columns.x[0], *x1 = columns.x[1], *x2 = columns.x[2], *x3 = columns.x[3];
    const double m0 = columns.mean[0], m1 = columns.mean[1];
    const double m2 = columns.mean[2], m3 = columns.mean[3];
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (std::size_t i = 0; i < n; ++i) {
        s0 += (x0[i] - m0) * v[i];
        s1 += (x1[i] - m1) * v[i];
        s2 += (x2[i] - m2) * v[i];
        s3 += (x3[i] - m3) * v[i];
    }
    out[0] = s0;
    out[1] = s1;
    out[2] = s2;
    out[3] = s3;
}

// u_i -= h_i sum_a step_a (x_ai - mean_a)
BRIDLE_OUT_OF_LINE void subtract_together(const ColumnsTogether& columns, const double* h,
                                          const double* step, double* u, std::size_t n) {
    const double *x0 = columns.x[0], *x1 = columns.x[1], *x2 = columns.x[2], *x3 = columns.x[3];
    const double m0 = columns.mean[0], m1 = columns.mean[1];
    const double m2 = columns.mean[2], m3 = columns.mean[3];
    const double t0 = step[0], t1 = step[1], t2 = step[2], t3 = step[3];
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i) {
        const double first = t0 * (x0[i] - m0) + t1 * (x1[i] - m1);
        const double second = t2 * (x2[i] - m2) + t3 * (x3[i] - m3);
        u[i] -= h[i] * (first + second);
    }
}

// sum_i h_i (x_ai - mean_a) (x_bi - mean_b) for a < b, in the order 01, 02, 03, 12, 13, 23
BRIDLE_OUT_OF_LINE void products_together(const ColumnsTogether& columns, const double* h,
                                          std::size_t n, double* out) {
    const double *x0 = columns.x[0], *x1 = columns.x[1], *x2 = columns.x[2], *x3 = columns.x[3];
    const double m0 = columns.mean[0], m1 = columns.mean[1];
    const double m2 = columns.mean[2], m3 = columns.mean[3];
    double s01 = 0.0, s02 = 0.0, s03 = 0.0, s12 = 0.0, s13 = 0.0, s23 = 0.0;
#pragma omp simd reduction(+ : s01, s02, s03, s12, s13, s23)
    for (std::size_t i = 0; i < n; ++i) {
        const double d1 = x1[i] - m1, d2 = x2[i] - m2, d3 = x3[i] - m3;
        const double h0 = h[i] * (x0[i] - m0), h1 = h[i] * d1, h2 = h[i] * d2;
        s01 += h0 * d1;
        s02 += h0 * d2;
        s03 += h0 * d3;
        s12 += h1 * d2;
        s13 += h1 * d3;
        s23 += h2 * d3;
    }
    out[0] = s01;
    out[1] = s02;
    out[2] = s03;
    out[3] = s12;
    out[4] = s13;
    out[5] = s23;
}

}  // namespace
}  // namespace bridle::BRIDLE_LEVEL
