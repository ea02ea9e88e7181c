// What the features of a working set add to objectives, lower bounds and optimality conditions.
//
// It shares no code with the solvers: a certificate must not repeat the mistakes of what it judges.
#pragma once

#include <cstddef>

namespace bridle {

// Solutions at `count` strengths. Coefficients lie by strength, slopes by feature: minus the
// products of the features with the dual points.
struct WorkingPoints {
    std::size_t size;
    std::size_t count;
    const double* coef;
    const double* slopes;
    const double* factor;  // finite
    const double* lower;
    const double* upper;
    const double* floor;  // smallest units of violations; 0 where there is none to be counted
    const double* l1;
    const double* l2;
    const double* within;  // what the dual points must be scaled by for the features outside
};

// For each strength: the penalty; sum_j b_j slope_j; the scale at which the l1 part is feasible, at
// most `within`; the sums of the conjugates at that scale and at `within`; the largest violation
// of the optimality conditions, each in shares of its l1 strength or, if larger, of its floor.
struct DualBounds {
    double* penalty;
    double* fitted;
    double* scale;
    double* conjugate;
    double* conjugate_within;
    double* violation;
};

using DualBoundsFn = void (*)(const WorkingPoints& points, const DualBounds& out);

}  // namespace bridle
