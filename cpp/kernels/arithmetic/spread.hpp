// Sums about a center, and the test for columns that are constant up to rounding.
#pragma once

#include "arithmetic/scalar.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// sum_i w_i (x_i - center) and sum_i w_i (x_i - center)^2
struct Deviations {
    double sum;
    double squares;
};

// A standard deviation below this fraction of the mean is rounding: the column is constant.
constexpr double kConstant = 1e-13;

inline double spread_or_nothing(double spread, double total, double mean) {
    const double size = kConstant * magnitude(mean);
    return spread > total * size * size ? spread : 0.0;
}

// Whether moving sums from another center to the mean would lose digits.
inline bool is_far(const Deviations& about, double total) {
    return !(about.sum * about.sum < 0.99 * total * about.squares);
}

}  // namespace bridle::BRIDLE_LEVEL
