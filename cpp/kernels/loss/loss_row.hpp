// What a loss says of one row at its linear predictor.
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

struct LossRow {
    double value;
    double residual;   // minus the derivative in eta
    double curvature;  // the second derivative
};

// How far a dual point may lie outside its domain and still count as on its edge.
constexpr double kOutside = 1e-12;

}  // namespace bridle::BRIDLE_LEVEL
