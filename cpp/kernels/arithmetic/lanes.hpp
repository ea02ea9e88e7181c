// The widest vector in a level's registers, and tiles of dot products that are kept in registers.
#pragma once

#include <cstddef>

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

#if defined(__AVX512F__)
constexpr std::ptrdiff_t kLanes = 8;
#elif defined(__AVX__)
constexpr std::ptrdiff_t kLanes = 4;
#else
constexpr std::ptrdiff_t kLanes = 2;
#endif

#if defined(__GNUC__)
typedef double Lane __attribute__((vector_size(kLanes * sizeof(double))));

inline Lane load(const double* from) {
    Lane lane;
    __builtin_memcpy(&lane, from, sizeof(Lane));
    return lane;
}
inline void store(const Lane& lane, double* to) { __builtin_memcpy(to, &lane, sizeof(Lane)); }
inline void add_product(Lane& sum, const Lane& x, double r) { sum += x * r; }
inline void add_products(Lane& sum, const Lane& x, const Lane& r) { sum += x * r; }
#else
struct Lane {
    double value[kLanes];
    double operator[](std::ptrdiff_t k) const { return value[k]; }
};

inline Lane load(const double* from) {
    Lane lane;
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) lane.value[k] = from[k];
    return lane;
}
inline void store(const Lane& lane, double* to) {
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) to[k] = lane.value[k];
}
inline void add_product(Lane& sum, const Lane& x, double r) {
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) sum.value[k] += x.value[k] * r;
}
inline void add_products(Lane& sum, const Lane& x, const Lane& r) {
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) sum.value[k] += x.value[k] * r.value[k];
}
#endif

inline double total(const Lane& lane) {
    double sum = 0.0;
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) sum += lane[k];
    return sum;
}

// out[r * Columns + c] = dot product of row r of a and row c of b, both `stride` apart.
template <int Rows, int Columns>
inline void dots(const double* a, const double* b, std::size_t stride, std::size_t n, double* out) {
    Lane sum[Rows][Columns] = {};
    std::size_t k = 0;
    for (; k + kLanes <= n; k += kLanes) {
        Lane right[Columns];
#pragma GCC unroll 4
        for (int c = 0; c < Columns; ++c) right[c] = load(b + c * stride + k);
#pragma GCC unroll 4
        for (int r = 0; r < Rows; ++r) {
            const Lane left = load(a + r * stride + k);
#pragma GCC unroll 4
            for (int c = 0; c < Columns; ++c) add_products(sum[r][c], left, right[c]);
        }
    }
    for (int r = 0; r < Rows; ++r) {
        for (int c = 0; c < Columns; ++c) {
            double rest = 0.0;
            for (std::size_t t = k; t < n; ++t) rest += a[r * stride + t] * b[c * stride + t];
            out[r * Columns + c] = total(sum[r][c]) + rest;
        }
    }
}

}  // namespace bridle::BRIDLE_LEVEL
