// Value, residual and curvature of a loss for one row.
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

struct LossRow {
    double value;
    double residual;   // negative derivative in eta
    double curvature;  // the second derivative
};

// Distance by which a dual point may leave its domain through rounding alone.
constexpr double kOutside = 1e-12;

}  // namespace bridle::BRIDLE_LEVEL
