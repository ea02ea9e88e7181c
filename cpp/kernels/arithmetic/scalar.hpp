// The scalar functions of the kernels.
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

inline double magnitude(double value) { return value < 0.0 ? -value : value; }

inline double soft(double value, double threshold) {
    if (value > threshold) return value - threshold;
    if (value < -threshold) return value + threshold;
    return 0.0;
}

inline double clip(double value, double lower, double upper) {
    if (value < lower) return lower;
    if (value > upper) return upper;
    return value;
}

}  // namespace bridle::BRIDLE_LEVEL
