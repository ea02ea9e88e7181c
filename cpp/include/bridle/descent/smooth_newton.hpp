// Newton's method where the penalty is smooth: a ridge, without bounds, on all columns of a dense
// X.
#pragma once

#include <cstddef>

#include "bridle/loss/loss_pass.hpp"
#include "bridle/products/dense_view.hpp"

namespace bridle {

// Minimises loss(offset + b0 + X b) + sum_j 1/2 ridge_j b_j^2 with
// X[i, j] = (x(i, j) - center[j]) / scale[j].
template <class T>
struct SmoothProblem {
    DenseView<T> x;
    LossRows rows;
    const double* center;
    const double* scale;
    const double* ridge;
    double floor;  // added to the curvature of a row of weight 1
};

// The point that moves, and its linear predictor.
struct SmoothPoint {
    double intercept;
    double* coef;
    double* eta;
};

struct SmoothMemory {
    double* rows;     // 6 x rows
    double* columns;  // 5 x columns
    double* sums;     // (columns + 2) x (columns + 2)
    double* factor;   // columns x columns
    double* packed;   // as for GramOfRowsFn
};

struct SmoothSteps {
    double intercept;
    int done;
    bool settled;  // else the caller goes on from the point, which is no worse than the first
};

// The factor of a Hessian is used again as long as the curvature at most doubles and steps shrink
// fast.
template <class T>
using SmoothNewtonFn = SmoothSteps (*)(const SmoothProblem<T>& problem, const SmoothPoint& point,
                                       const SmoothMemory& memory);

}  // namespace bridle
