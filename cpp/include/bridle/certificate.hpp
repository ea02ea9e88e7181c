// What the rows and the features of one problem say of one point: its objective, a lower bound of
// the best one, and how far it is from optimal. The null model is such a point, too.
//
// It shares no code with the solvers but the losses themselves: a certificate must not repeat the
// mistakes of what it judges.
#pragma once

#include <cstddef>

#include "bridle/loss_pass.hpp"

namespace bridle {

// Coefficients and what penalises them; a factor is infinite where a feature is excluded.
struct PenaltyPoint {
    std::size_t size;
    const double* coef;
    const double* factor;
    const double* lower;
    const double* upper;
    double l1;
    double l2;
};

// Loss at eta plus penalty, infinite outside the bounds; `memory` lends two numbers for each row.
using ObjectiveFn = double (*)(const LossRows& rows, const PenaltyPoint& point, const double* eta,
                               double* memory);

// A size of a dual point u is sqrt(sum_i u_i^2 / w_i) over the rows that have a weight.
struct RowEvidence {
    double value;      // the loss
    double balance;    // sum of the gradient
    double size;       // of the gradient
    double dual_size;  // of the dual point
    bool moved;        // whether the dual point is other than the gradient
};

// Writes the gradient of the loss at eta and, where there is an intercept, a dual point that sums
// to 0: the gradient less a share of the curvature, which is raised by `floor` times the weights; 0
// where rounding does not let it. `curvature` lends a number for each row.
using JudgeRowsFn = RowEvidence (*)(const LossRows& rows, const double* eta, double floor,
                                    double* gradient, double* dual, double* curvature);

// <s u, offset> - conjugate of the loss(s u) at s = scale
using DualValueFn = double (*)(const LossRows& rows, const double* dual, double scale);

// The lone intercept that fits best, found by Newton's method with halved steps, its loss and that
// of the saturated model, and up to where a deviance is rounding; 0 without an intercept.
struct NullFit {
    double intercept;
    double value;
    double saturated;
    double rounding;
    double size;  // of the gradient
};

// Writes the linear predictor, and lends `memory` of two numbers for each row.
using FitNullFn = NullFit (*)(const LossRows& rows, double floor, double* eta, double* memory);

struct JudgedPoint : PenaltyPoint {
    const double* gradients;  // x_j' gradient
    const double* products;   // x_j' dual point
    const double* norm;       // weighted root mean square of each column, 0 for what is constant
    double dual_size;
    double null_size;  // size of the null model's gradient
};

// Violations count in shares of their feature's l1 strength, at least 1e-8 of the largest slope
// that the feature can have; without one in that slope.
struct FeatureEvidence {
    double penalty;           // infinite outside the bounds
    double lost;              // what is taken for rounding, times coefficients
    double scale;             // at which the l1 part is feasible, at most 1
    double conjugate;         // sum of the conjugates at the dual point
    double conjugate_scaled;  // the same at scale times it
    double violation;         // the largest share
    double least;  // factor over norm of the feature that is penalised least for its norm
};

// Writes the violation of each feature in units of a gradient.
using JudgeFeaturesFn = FeatureEvidence (*)(const JudgedPoint& point, double* violation);

}  // namespace bridle
