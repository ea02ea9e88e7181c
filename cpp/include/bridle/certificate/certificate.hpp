// Evidence at one point of a problem: objective, lower bound on its minimum, KKT violations; and
// the null model, which needs the same sums.
//
// This shares only the losses with the solvers, so a certificate cannot repeat their mistakes.
#pragma once

#include <cstddef>

#include "bridle/loss/loss_pass.hpp"

namespace bridle {

// Coefficients and their penalty; the factor of an excluded feature is infinite.
struct PenaltyPoint {
    std::size_t size;
    const double* coef;
    const double* factor;
    const double* lower;
    const double* upper;
    double l1;
    double l2;
};

// Loss at eta plus penalty, infinite outside the bounds; `memory` has two numbers per row.
using ObjectiveFn = double (*)(const LossRows& rows, const PenaltyPoint& point, const double* eta,
                               double* memory);

// The size of a dual point u is sqrt(sum_i u_i^2 / w_i) over rows of positive weight.
struct RowEvidence {
    double value;      // the loss
    double balance;    // sum of the gradient
    double size;       // of the gradient
    double dual_size;  // of the dual point
    bool moved;        // whether the dual point differs from the gradient
};

// Writes the gradient of the loss at eta and a dual point. With an intercept, the dual point sums
// to 0: it is the gradient minus a multiple of the curvature, which is raised by `floor` times the
// weights; it is 0 if rounding prevents that. `curvature` is memory for a number per row.
using JudgeRowsFn = RowEvidence (*)(const LossRows& rows, const double* eta, double floor,
                                    double* gradient, double* dual, double* curvature);

// <s u, offset> - conjugate of the loss(s u) at s = scale
using DualValueFn = double (*)(const LossRows& rows, const double* dual, double scale);

// The best intercept without features (0 if there is none), by Newton's method with step halving
// from `start`; its loss, the loss of the saturated model, and the largest deviance that is within
// rounding.
struct NullFit {
    double intercept;
    double value;
    double saturated;
    double rounding;
    double size;  // of the gradient
};

// Writes the linear predictor; `memory` has two numbers per row.
using FitNullFn = NullFit (*)(const LossRows& rows, double floor, double start, double* eta,
                              double* memory);

struct JudgedPoint : PenaltyPoint {
    const double* gradients;  // x_j' gradient
    const double* products;   // x_j' dual point
    const double* norm;       // weighted root mean square of each column, 0 if constant
    double dual_size;
    double null_size;  // size of the null model's gradient
};

// Violations are divided by their feature's l1 strength, or 1e-8 of the largest gradient that the
// feature can have if that is larger; without an l1 strength, by the largest gradient itself. None
// count if the null model is perfect, with a gradient of size 0.
struct FeatureEvidence {
    double penalty;           // infinite outside the bounds
    double lost;              // rounding that was set to 0, times the coefficients
    double scale;             // largest at which the l1 constraints hold, at most 1
    double conjugate;         // sum of the conjugates at the dual point
    double conjugate_scaled;  // the same at scale times it
    double violation;         // the largest
    double least;             // smallest penalty factor relative to a column's norm
};

// Writes the KKT violation of each feature, in units of the gradient.
using JudgeFeaturesFn = FeatureEvidence (*)(const JudgedPoint& point, double* violation);

}  // namespace bridle
