// What a loss says of every row at a linear predictor.
#pragma once

#include "bridle/column_path.hpp"
#include "level.hpp"
#include "scalar.hpp"
#include "vector_math.hpp"

namespace bridle::BRIDLE_LEVEL {

struct LossSums {
    double value;
    double pull;
    double curvature;
    // sum_i pull_i^2 / curvature_i: what bounds the loss's part of a duality gap.
    double misfit;
};

inline LossSums squared_rows(const ColumnProblem& problem, const double* eta, double* pull,
                             double* curvature) {
    double sum = 0.0, misfit = 0.0, total = 0.0;
    const double *w = problem.weight, *y = problem.y;
#pragma omp simd reduction(+ : sum, misfit, total)
    for (std::size_t i = 0; i < problem.rows; ++i) {
        const double r = y[i] - eta[i];
        pull[i] = w[i] * r;
        curvature[i] = w[i];
        sum += w[i] * r;
        misfit += w[i] * r * r;
        total += w[i];
    }
    return {0.5 * misfit, sum, total, misfit};
}

// Where a prediction is certain the curvature vanishes and a step would jump: its floor.
constexpr double kSmallestCurvature = 0.25e-5;

// The curvature of a quadratic that touches the logistic loss at a size of eta from above, where
// e = exp(-size): tanh(size / 2) / (2 size).
inline double majorant(double size, double e) {
    return size < 1e-4 ? 0.25 : 0.5 * (1.0 - e) / ((1.0 + e) * size);
}

// `careful` asks for the majorant's curvature.
inline LossSums logistic_rows(const ColumnProblem& problem, const double* eta, bool careful,
                              double* pull, double* curvature) {
    double value = 0.0, sum = 0.0, misfit = 0.0, total = 0.0;
    const double *w = problem.weight, *y = problem.y;
#pragma omp simd reduction(+ : value, sum, misfit, total)
    for (std::size_t i = 0; i < problem.rows; ++i) {
        const bool positive = eta[i] >= 0.0;
        const double size = __builtin_fabs(eta[i]);
        const double e = exponential(-size);
        const double inverse = 1.0 / (1.0 + e);
        const double unlikely = e * inverse;
        const double missing = positive ? 1.0 - y[i] : y[i];
        // y less the probability, without losing the digits of a small difference.
        const double residual = positive ? unlikely - missing : missing - unlikely;
        const double bend = careful ? majorant(size, e) : unlikely * inverse;
        const double held = bend < kSmallestCurvature ? kSmallestCurvature : bend;
        pull[i] = w[i] * residual;
        curvature[i] = w[i] * held;
        sum += w[i] * residual;
        value += w[i] * (log_one_plus(e) + missing * size);
        misfit += w[i] * (residual * residual / held);
        total += w[i] * held;
    }
    return {value, sum, total, misfit};
}

// Writes minus the gradient and the curvature of each row.
inline LossSums loss_rows(const ColumnProblem& problem, const double* eta, bool careful,
                          double* pull, double* curvature) {
    if (problem.loss == LossKind::squared) return squared_rows(problem, eta, pull, curvature);
    return logistic_rows(problem, eta, careful, pull, curvature);
}

}  // namespace bridle::BRIDLE_LEVEL
