// Anderson's extrapolation: the combination of past points whose steps nearly cancel.
//
// Source: Bertrand and Massias (2021), "Anderson acceleration of coordinate descent", algorithm 1.
#pragma once

#include <cstddef>

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

// Steps between two extrapolations, as in the source.
constexpr int kSteps = 5;

// Weights that sum to 1 and minimise |sum_i weight_i step_i|, from gram_ij = step_i'step_j, which
// is overwritten. Returns false if the steps are collinear or 0.
inline bool mix(double (&gram)[kSteps][kSteps], double (&weight)[kSteps]) {
    // A pivot below this fraction of the diagonal is rounding: the steps are collinear.
    constexpr double kSmallestPivot = 1e-14;
    for (double& share : weight) share = 1.0;
    for (int i = 0; i < kSteps; ++i) {
        const double size = gram[i][i];
        for (int j = 0; j < i; ++j) {
            for (int k = 0; k < j; ++k) gram[i][j] -= gram[i][k] * gram[j][k];
            gram[i][j] /= gram[j][j];
            gram[i][i] -= gram[i][j] * gram[i][j];
            weight[i] -= gram[i][j] * weight[j];
        }
        if (!(gram[i][i] > kSmallestPivot * size)) return false;
        gram[i][i] = __builtin_sqrt(gram[i][i]);
        weight[i] /= gram[i][i];
    }
    double total = 0.0;
    for (int i = kSteps; i-- > 0;) {
        for (int k = i + 1; k < kSteps; ++k) weight[i] -= gram[k][i] * weight[k];
        weight[i] /= gram[i][i];
        total += weight[i];
    }
    for (double& share : weight) share /= total;
    // Squares of steps may underflow, and their inverses overflow.
    return total > 0.0 && total < __builtin_huge_val();
}

// `point` holds kSteps + 1 points of `size`, one after the other; the first is overwritten by the
// combination of the others. Returns false if there is none.
inline bool mix_points(double* point, std::size_t size) {
    double gram[kSteps][kSteps], weight[kSteps];
    for (int i = 0; i < kSteps; ++i) {
        for (int j = 0; j <= i; ++j) {
            const double* a = point + static_cast<std::size_t>(i) * size;
            const double* b = point + static_cast<std::size_t>(j) * size;
            double sum = 0.0;
#pragma omp simd reduction(+ : sum)
            for (std::size_t k = 0; k < size; ++k) {
                sum += (a[k + size] - a[k]) * (b[k + size] - b[k]);
            }
            gram[i][j] = sum;
        }
    }
    if (!mix(gram, weight)) return false;
    for (std::size_t k = 0; k < size; ++k) {
        double sum = 0.0;
        for (int i = 0; i < kSteps; ++i)
            sum += weight[i] * point[static_cast<std::size_t>(i + 1) * size + k];
        point[k] = sum;
    }
    return true;
}

}  // namespace bridle::BRIDLE_LEVEL
