// What a loss says of one row at its linear predictor.
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

struct LossRow {
    double value;
    double residual;   // minus the derivative in eta
    double curvature;  // the second derivative
};

}  // namespace bridle::BRIDLE_LEVEL
