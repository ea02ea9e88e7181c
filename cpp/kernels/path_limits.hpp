// Limits of the descent along a path, shared by the losses of one output and of several.
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// The descent on one quadratic model reduces the gap to this fraction, but not below that fraction
// of the tolerance.
constexpr double kModelShare = 0.05;
constexpr double kToleranceShare = 0.3;
constexpr double kViolationShare = 1e-3;
// Most sweeps on one model; then a new one is made.
constexpr int kSweeps = 100;
// 2^-30 of a step changes the objective by rounding only.
constexpr int kHalvings = 30;
// A fit whose gap has not fallen for so many models is given up.
constexpr int kRoundsWithoutGain = 8;
constexpr double kRounding = 1e-15;

}  // namespace bridle::BRIDLE_LEVEL
