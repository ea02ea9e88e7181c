// One feature's penalty, conjugate and KKT violation, for certificates, which share no code with
// the solvers (compare bound.hpp).
#pragma once

#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

constexpr double kInfinity = __builtin_huge_val();
// Factor that keeps a scaled dual point feasible in spite of rounding.
constexpr double kRoundedDown = 1.0 - 4.0 * 2.220446049250313e-16;
constexpr double kLargest = 1.7976931348623157e308;

inline double larger(double a, double b) { return a > b ? a : b; }
inline double size_of(double value) { return value < 0.0 ? -value : value; }

// One feature at one strength; an excluded one has an infinite l1 strength.
struct JudgedFeature {
    double l1;
    double l2;
    double lower;
    double upper;

    double penalty(double coef) const {
        const double size = size_of(coef);
        return size == 0.0 ? 0.0 : size * (l1 + 0.5 * l2 * size);
    }

    // sup_b dual b - penalty(b) over the bounds
    double conjugate(double dual) const {
        if (dual != dual) return kInfinity;
        const double excess = dual > 0.0 ? larger(dual - l1, 0.0) : -larger(-dual - l1, 0.0);
        if (excess == 0.0) return 0.0;
        const double free = excess / l2;
        const double best = free < lower ? lower : (free > upper ? upper : free);
        if (best == kInfinity || best == -kInfinity) return kInfinity;
        return best * (excess - 0.5 * l2 * best);
    }

    // Largest s in [0, 1] for which s * dual is at most l1, on the sides without a bound.
    double feasible_scale(double dual) const {
        const double size =
            larger(upper == kInfinity ? dual : 0.0, lower == -kInfinity ? -dual : 0.0);
        return size > l1 ? l1 / size : 1.0;
    }

    // Distance of the negative gradient of loss and l2 term from the subdifferential of the others.
    double violation(double coef, double negative_gradient) const {
        if (negative_gradient != negative_gradient) return kInfinity;
        const double up = coef >= 0.0 ? negative_gradient - l1 : negative_gradient + l1;
        const double down = coef > 0.0 ? negative_gradient - l1 : negative_gradient + l1;
        return larger(coef >= upper ? 0.0 : larger(up, 0.0),
                      coef <= lower ? 0.0 : larger(-down, 0.0));
    }
};

inline double limited(double strength) { return strength < kLargest ? strength : kLargest; }

}  // namespace bridle::BRIDLE_LEVEL
