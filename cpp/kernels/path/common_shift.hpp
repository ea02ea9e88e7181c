// Common shift: the constant to subtract from a column's coefficients of all classes, which changes
// the penalty but not the multinomial loss.
//
// Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
// models via coordinate descent", section 4.1.
#pragma once

#include <cstddef>

#include "arithmetic/scalar.hpp"
#include "level.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// The coefficients of one column, `stride` apart.
struct Across {
    double* coef;
    std::size_t classes;
    std::size_t stride;

    double& operator[](std::size_t k) const { return coef[k * stride]; }

    double penalty(const Bound& bound, double shift) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < classes; ++k) sum += bound.value((*this)[k] - shift);
        return sum;
    }
};

// Whether 0 is the best shift: no more derivative than the coefficients at 0 can balance.
inline bool is_centred(const Across& across, const Bound& bound) {
    double derivative = 0.0, balance = 0.0;
    for (std::size_t k = 0; k < across.classes; ++k) {
        const double coef = across[k];
        if (coef == 0.0) {
            balance += bound.l1;
        } else {
            derivative += (coef > 0.0 ? bound.l1 : -bound.l1) + bound.l2 * coef;
        }
    }
    return magnitude(derivative) <= balance;
}

// The penalty is convex and piecewise quadratic in the shift; its minimum is where a coefficient
// becomes 0, or where the derivative of a piece is 0.
inline double best_shift(const Across& across, const Bound& bound) {
    double least = -kInfinity, most = kInfinity, sum = 0.0;
    for (std::size_t k = 0; k < across.classes; ++k) {
        const double coef = across[k];
        if (coef - bound.upper > least) least = coef - bound.upper;
        if (coef - bound.lower < most) most = coef - bound.lower;
        sum += coef;
    }
    double best = 0.0, lowest = across.penalty(bound, 0.0);
    const auto consider = [&](double shift) {
        const double inside = clip(shift, least, most);
        const double penalty = across.penalty(bound, inside);
        if (penalty < lowest) {
            lowest = penalty;
            best = inside;
        }
    };
    for (std::size_t k = 0; k < across.classes; ++k) consider(across[k]);
    for (std::size_t below = 0; bound.l2 > 0.0 && below <= across.classes; ++below) {
        const double signs = static_cast<double>(across.classes) - 2.0 * static_cast<double>(below);
        const double spread = bound.l2 * static_cast<double>(across.classes);
        consider((bound.l1 * signs + bound.l2 * sum) / spread);
    }
    return best;
}

// Subtracts the best shift.
inline void centre(const Across& across, const Bound& bound) {
    if (is_centred(across, bound)) return;
    const double shift = best_shift(across, bound);
    if (shift == 0.0) return;
    for (std::size_t k = 0; k < across.classes; ++k) {
        across[k] = clip(across[k] - shift, bound.lower, bound.upper);
    }
}

}  // namespace bridle::BRIDLE_LEVEL
