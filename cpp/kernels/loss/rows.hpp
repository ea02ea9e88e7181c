// Loops over rows for any loss.
#pragma once

#include <cstddef>

#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

struct LossSums {
    double value;
    double residual;  // sum of the negative gradient
    double curvature;
    // sum_i gradient_i^2 / curvature_i, which bounds the loss term of a duality gap; with a
    // curvature of 1 for losses with linear tails.
    double pearson;
};

// The curvature of a row: exact (own); with a lower limit, so that steps of nearly certain
// predictions do not get too long (model); or that of a quadratic majorant of the loss (majorant).
enum class Curvature { own, model, majorant };

// Weights and targets of a problem, and the parameter of its loss, if it has one.
struct WeightedRows {
    std::size_t count;
    double parameter;
    const double* weight;
    const double* y;
};

// Writes the negative gradient and the curvature of each row.
using LossRowsFn = LossSums (*)(const WeightedRows& rows, const double* eta, Curvature kind,
                                double* residual, double* curvature);

// sum_i w_i conjugate(y_i, dual_i / w_i) over rows of positive weight
using ConjugateRowsFn = double (*)(const WeightedRows& rows, const double* dual, double scale);

struct LossKernel {
    const char* name;
    bool quadratic;
    // Whether the loss is half the squared residual up to its parameter, and linear beyond it.
    bool linear_tails;
    LossRowsFn rows;
    ConjugateRowsFn conjugate;
    double (*divergence)(double size);
};

// Replaces a curvature of 0 in divisions.
constexpr double kNoCurvature = 1e-300;

// A loss without a parameter is an empty struct.
template <class Loss>
constexpr Loss loss_of(double parameter) {
    if constexpr (__is_empty(Loss)) {
        return {};
    } else {
        return {parameter};
    }
}

template <class Loss>
constexpr bool has_linear_tails() {
    if constexpr (requires { Loss::kLinearTails; }) {
        return Loss::kLinearTails;
    } else {
        return false;
    }
}

template <class Loss, Curvature kind>
double curvature_of(const Loss& loss, const LossRow& row, double y, double eta) {
    if constexpr (kind == Curvature::own) return row.curvature;
    const double hessian = kind == Curvature::model ? row.curvature : loss.majorant(y, eta);
    const double smallest = loss.smallest_curvature(y);
    return hessian < smallest ? smallest : hessian;
}

template <class Loss, Curvature kind>
LossSums loss_rows_of(const WeightedRows& rows, const double* eta, double* residual,
                      double* curvature) {
    double value = 0.0, sum = 0.0, pearson = 0.0, total = 0.0;
    const double *w = rows.weight, *y = rows.y;
    const Loss loss = loss_of<Loss>(rows.parameter);
#pragma omp simd reduction(+ : value, sum, pearson, total)
    for (std::size_t i = 0; i < rows.count; ++i) {
        const LossRow row = loss.row(y[i], eta[i]);
        const double hessian = curvature_of<Loss, kind>(loss, row, y[i], eta[i]);
        residual[i] = w[i] * row.residual;
        curvature[i] = w[i] * hessian;
        value += w[i] * row.value;
        sum += w[i] * row.residual;
        total += w[i] * hessian;
        if constexpr (Loss::kQuadratic || has_linear_tails<Loss>()) {
            pearson += w[i] * (row.residual * row.residual);
        } else {
            const double some = hessian < kNoCurvature ? kNoCurvature : hessian;
            pearson += w[i] * (row.residual * row.residual / some);
        }
    }
    return {value, sum, total, pearson};
}

template <class Loss>
LossSums loss_rows(const WeightedRows& rows, const double* eta, Curvature kind, double* residual,
                   double* curvature) {
    // A quadratic loss has only one curvature.
    if (Loss::kQuadratic || kind == Curvature::own) {
        return loss_rows_of<Loss, Curvature::own>(rows, eta, residual, curvature);
    }
    return kind == Curvature::model
               ? loss_rows_of<Loss, Curvature::model>(rows, eta, residual, curvature)
               : loss_rows_of<Loss, Curvature::majorant>(rows, eta, residual, curvature);
}

// The conjugate of `scale` times the dual point.
template <class Loss>
double conjugate_rows(const WeightedRows& rows, const double* dual, double scale) {
    double sum = 0.0;
    const double *w = rows.weight, *y = rows.y;
    const Loss loss = loss_of<Loss>(rows.parameter);
#pragma omp simd reduction(+ : sum)
    for (std::size_t i = 0; i < rows.count; ++i) {
        const double weight = w[i] > 0.0 ? w[i] : 1.0;
        const double value = w[i] * loss.conjugate(y[i], scale * dual[i] / weight);
        sum += w[i] > 0.0 ? value : 0.0;
    }
    return sum;
}

template <class Loss>
constexpr LossKernel kernel_of() {
    return {Loss::kName,      Loss::kQuadratic,      has_linear_tails<Loss>(),
            &loss_rows<Loss>, &conjugate_rows<Loss>, &Loss::divergence};
}

// Share of the gradients, shifted by `shift` times the curvature, that lies in the domain of the
// conjugate of a loss with linear tails: no gradient is larger than its parameter.
inline double domain_share(const LossKernel& kernel, double parameter, double shift) {
    if (!kernel.linear_tails) return 1.0;
    return parameter / (parameter + __builtin_fabs(shift));
}

// What rows on the tails add to the divergence of s times the gradients, per unit of 1 - s: by how
// much their loss exceeds half their squared gradient.
inline double tail_excess(const LossKernel& kernel, const LossSums& sums) {
    const double excess = sums.value - 0.5 * sums.pearson;
    return kernel.linear_tails && excess > 0.0 ? excess : 0.0;
}

}  // namespace bridle::BRIDLE_LEVEL
