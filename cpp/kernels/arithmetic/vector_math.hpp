// exp, log and log1p without branches, so that compilers can vectorise loops over them.
#pragma once

#include <cstdint>

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// Adding this rounds to an integer, whose value is then in the lowest bits.
constexpr double kRounder = 6755399441055744.0;  // 1.5 * 2^52

// 2^k of an integer k in [-1022, 1023].
inline double power_of_two(double k) {
    const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, k + kRounder);
    return __builtin_bit_cast(double, (bits + 1023) << 52);
}

// Within 2 units in the last place; inf above 709.8, 0 below -745.2.
inline double exponential(double x) {
    constexpr double kLog2Inverse = 1.4426950408889634;
    constexpr double kLog2High = 6.93147180369123816490e-01;  // the last 32 bits are 0
    constexpr double kLog2Low = 1.90821492927058770002e-10;
    const double above = x < -746.0 ? -746.0 : x;
    const double inside = above > 710.0 ? 710.0 : above;
    const double k = (inside * kLog2Inverse + kRounder) - kRounder;
    const double r = (inside - k * kLog2High) - k * kLog2Low;
    // Taylor's series: |r| <= 0.347, where the term after the last is below 4e-18.
    double tail = 1.0 / 6227020800.0;
    tail = tail * r + 1.0 / 479001600.0;
    tail = tail * r + 1.0 / 39916800.0;
    tail = tail * r + 1.0 / 3628800.0;
    tail = tail * r + 1.0 / 362880.0;
    tail = tail * r + 1.0 / 40320.0;
    tail = tail * r + 1.0 / 5040.0;
    tail = tail * r + 1.0 / 720.0;
    tail = tail * r + 1.0 / 120.0;
    tail = tail * r + 1.0 / 24.0;
    tail = tail * r + 1.0 / 6.0;
    tail = tail * r + 0.5;
    const double value = 1.0 + (r + r * r * tail);
    // In two factors, for results below the smallest normal number.
    const double half = (k * 0.5 + kRounder) - kRounder;
    return value * power_of_two(half) * power_of_two(k - half);
}

// log(1 + x) for x in [0, 1], within 3 units in the last place: 2 atanh(x / (2 + x)).
inline double log_one_plus(double x) {
    const double z = x / (2.0 + x);
    const double w = z * z;  // at most 1/9
    double tail = 1.0 / 31.0;
    tail = tail * w + 1.0 / 29.0;
    tail = tail * w + 1.0 / 27.0;
    tail = tail * w + 1.0 / 25.0;
    tail = tail * w + 1.0 / 23.0;
    tail = tail * w + 1.0 / 21.0;
    tail = tail * w + 1.0 / 19.0;
    tail = tail * w + 1.0 / 17.0;
    tail = tail * w + 1.0 / 15.0;
    tail = tail * w + 1.0 / 13.0;
    tail = tail * w + 1.0 / 11.0;
    tail = tail * w + 1.0 / 9.0;
    tail = tail * w + 1.0 / 7.0;
    tail = tail * w + 1.0 / 5.0;
    tail = tail * w + 1.0 / 3.0;
    return 2.0 * (z + z * w * tail);
}

// log(x) of a normal x > 0, within 1e-14 of 1 + |log(x)|: x = 2^k m with m in [sqrt(1/2), sqrt(2)).
inline double natural_logarithm(double x) {
    const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
    const std::uint64_t above = bits - 0x3fe6a09e667f3bcd;
    const std::uint64_t k = above & 0xfff0000000000000;
    const double m = __builtin_bit_cast(double, bits - k);
    const double whole = static_cast<double>(static_cast<std::int64_t>(k) >> 52);
    const double z = (m - 1.0) / (m + 1.0);  // at most 0.172
    const double w = z * z;
    double tail = 1.0 / 19.0;
    tail = tail * w + 1.0 / 17.0;
    tail = tail * w + 1.0 / 15.0;
    tail = tail * w + 1.0 / 13.0;
    tail = tail * w + 1.0 / 11.0;
    tail = tail * w + 1.0 / 9.0;
    tail = tail * w + 1.0 / 7.0;
    tail = tail * w + 1.0 / 5.0;
    tail = tail * w + 1.0 / 3.0;
    return whole * 6.93147180559945286227e-01 + 2.0 * (z + z * w * tail);
}

// x log(x) for x >= 0; 0 below the smallest normal number.
inline double times_logarithm(double x) {
    constexpr double kSmallest = 2.2250738585072014e-308;
    return x < kSmallest ? 0.0 : x * natural_logarithm(x);
}

}  // namespace bridle::BRIDLE_LEVEL
