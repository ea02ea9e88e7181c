// Penalty of one coefficient: prox, KKT violation, conjugate and Fenchel-Young gap.
#pragma once

#include "arithmetic/scalar.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

constexpr double kInfinity = __builtin_huge_val();

struct Strength {
    double l1;
    double l2;
};

struct Bound {
    double l1;
    double l2;
    double lower;
    double upper;

    // Problem has factor, lower and upper, with one entry per coefficient.
    template <class Problem>
    Bound(const Problem& problem, Strength strength, std::size_t k)
        : l1(strength.l1 * problem.factor[k]),
          l2(strength.l2 * problem.factor[k]),
          lower(problem.lower[k]),
          upper(problem.upper[k]) {}

    double value(double coef) const { return magnitude(coef) * (l1 + 0.5 * l2 * magnitude(coef)); }

    // Minimiser of 1/2 diagonal b^2 - linear b + penalty(b): soft threshold, then clip.
    double best(double linear, double diagonal) const {
        return clip(soft(linear, l1) / (diagonal + l2), lower, upper);
    }

    // KKT violation of a coefficient that is 0.
    double excess(double negative_gradient) const {
        if (negative_gradient > l1) return upper > 0.0 ? negative_gradient - l1 : 0.0;
        if (negative_gradient < -l1) return lower < 0.0 ? -negative_gradient - l1 : 0.0;
        return 0.0;
    }

    // KKT violation of any coefficient.
    double violation(double coef, double negative_gradient) const {
        const double corner = negative_gradient - l2 * coef;
        const double up = coef >= 0.0 ? corner - l1 : corner + l1;
        const double down = coef > 0.0 ? corner - l1 : corner + l1;
        if (up > 0.0) return coef < upper ? up : 0.0;
        if (down < 0.0) return coef > lower ? -down : 0.0;
        return 0.0;
    }

    // Whether no penalty or bound limits the coefficient in the descent direction.
    bool endless(double negative_gradient) const {
        return l1 == 0.0 && l2 == 0.0 && (negative_gradient > 0.0 ? upper : -lower) == kInfinity;
    }

    // Largest s <= 1 for which s * dual is feasible if the penalty has only an l1 term.
    double feasible_scale(double dual) const {
        const bool open = (dual > 0.0 ? upper : -lower) == kInfinity;
        const double size = magnitude(dual);
        return open && l1 > 0.0 && size > l1 ? l1 / size : 1.0;
    }

    // sup_b dual b - value(b)
    double conjugate(double dual) const {
        const double beyond = soft(dual, l1);
        if (magnitude(beyond) <= kRounding * l1) return 0.0;
        const double edge = beyond > 0.0 ? upper : lower;
        if (l2 > 0.0) {
            const double best = clip(beyond / l2, lower, upper);
            return best * (beyond - 0.5 * l2 * best);
        }
        return edge == 0.0 ? 0.0 : edge * beyond;
    }

    // Fenchel-Young gap value(coef) + conjugate(dual) - dual coef: 0 if dual is a subgradient of
    // the penalty at coef, else positive.
    double fenchel_gap(double coef, double dual) const {
        const double gap = value(coef) + conjugate(dual) - dual * coef;
        return gap > 0.0 ? gap : 0.0;
    }

  private:
    // A dual that exceeds l1 by this fraction does so by rounding.
    static constexpr double kRounding = 1e-14;
};

}  // namespace bridle::BRIDLE_LEVEL
