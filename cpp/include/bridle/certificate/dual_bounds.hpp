// Terms of a working set's features in objectives, lower bounds and KKT violations.
//
// This shares no code with the solvers, so a certificate cannot repeat their mistakes.
#pragma once

#include <cstddef>

namespace bridle {

// Solutions at `count` strengths. Coefficients have a row per strength, negative gradients a row
// per feature; negative gradients are products of the features with the negative dual points.
struct WorkingPoints {
    std::size_t size;
    std::size_t count;
    const double* coef;
    const double* negative_gradients;
    const double* factor;  // finite
    const double* lower;
    const double* upper;
    const double* floor;  // smallest units of violations; 0 if violations do not count
    const double* l1;
    const double* l2;
    const double* within;  // scales at which dual points are feasible for the features outside
};

// For each strength: the penalty; sum_j b_j negative_gradient_j; the largest scale, at most
// `within`, at which the l1 constraints hold; the sums of the conjugates at that scale and at
// `within`; the largest KKT violation, each divided by its l1 strength or, if larger, its floor.
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
