// Moments of a column under the curvature of a quadratic model.
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// The mean that is subtracted, sum_i h_i x_i, and
// sum_i h_i (x_i - mean)^2, which is 0 for a column that is constant up to rounding.
struct ColumnMoments {
    double mean;
    double mass;
    double hessian;
};

}  // namespace bridle::BRIDLE_LEVEL
