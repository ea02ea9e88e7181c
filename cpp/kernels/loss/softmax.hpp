// Multinomial loss: log sum_k exp(eta_k) - sum_k y_k eta_k, over many rows.
#pragma once

#include <cstddef>

#include "arithmetic/vector_math.hpp"
#include "bridle/interrupt.hpp"
#include "bridle/loss/class_rows.hpp"
#include "level.hpp"
#include "loss/rows.hpp"

namespace bridle::BRIDLE_LEVEL {

struct SoftmaxSums {
    double value;
    // sum_i w_i sum_k (y_ik - p_ik)^2 / p_ik, which bounds the loss term of a duality gap.
    double pearson;
};

// Writes the probabilities of each class at linear predictors `eta`; both have a row per class.
// `memory` has two numbers per row.
inline SoftmaxSums softmax_rows(const ClassRows& given, const double* eta, double* probability,
                                double* memory) {
    const std::size_t n = given.rows;
    double *top = memory, *total = memory + n;
    const double* w = given.weight;
    check_interrupt(8 * given.size());
    for (std::size_t i = 0; i < n; ++i) {
        top[i] = eta[i];
        total[i] = 0.0;
    }
    for (std::size_t k = 1; k < given.classes; ++k) {
        const double* class_eta = eta + k * n;
#pragma omp simd
        for (std::size_t i = 0; i < n; ++i) top[i] = class_eta[i] > top[i] ? class_eta[i] : top[i];
    }
    for (std::size_t k = 0; k < given.classes; ++k) {
        const double* class_eta = eta + k * n;
        double* p = probability + k * n;
#pragma omp simd
        for (std::size_t i = 0; i < n; ++i) {
            p[i] = exponential(class_eta[i] - top[i]);
            total[i] += p[i];
        }
    }
    double value = 0.0, pearson = 0.0;
#pragma omp simd reduction(+ : value)
    for (std::size_t i = 0; i < n; ++i) {
        value += w[i] * natural_logarithm(total[i]);
        total[i] = 1.0 / total[i];
    }
    for (std::size_t k = 0; k < given.classes; ++k) {
        const double *class_eta = eta + k * n, *y = given.y + k * n;
        double* p = probability + k * n;
#pragma omp simd reduction(+ : value, pearson)
        for (std::size_t i = 0; i < n; ++i) {
            p[i] *= total[i];
            value += w[i] * (y[i] * (top[i] - class_eta[i]));
            const double residual = y[i] - p[i];
            const double some = p[i] < kNoCurvature ? kNoCurvature : p[i];
            pearson += w[i] * (residual * residual / some);
        }
    }
    return {value, pearson};
}

}  // namespace bridle::BRIDLE_LEVEL
