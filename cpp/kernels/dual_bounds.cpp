// Compiled once for each instruction set; see level.hpp.
#include "bridle/dual_bounds.hpp"

#include "bridle/interrupt.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

constexpr double kInfinity = __builtin_huge_val();
constexpr double kRoundedDown = 1.0 - 4.0 * 2.220446049250313e-16;
constexpr double kLargest = 1.7976931348623157e308;

double larger(double a, double b) { return a > b ? a : b; }
double size_of(double value) { return value < 0.0 ? -value : value; }

// One feature at one strength.
struct Feature {
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
        const double excess = dual > 0.0 ? larger(dual - l1, 0.0) : -larger(-dual - l1, 0.0);
        if (excess == 0.0) return 0.0;
        const double free = excess / l2;
        const double best = free < lower ? lower : (free > upper ? upper : free);
        if (best == kInfinity || best == -kInfinity) return kInfinity;
        return best * (excess - 0.5 * l2 * best);
    }

    // The largest s in [0, 1] for which s slope is at most l1 on the sides without a bound.
    double feasible_scale(double slope) const {
        const double size =
            larger(upper == kInfinity ? slope : 0.0, lower == -kInfinity ? -slope : 0.0);
        return size > l1 ? l1 / size : 1.0;
    }

    // Distance of the smooth part's negative gradient from the subdifferential of the rest.
    double violation(double coef, double slope) const {
        const double up = coef >= 0.0 ? slope - l1 : slope + l1;
        const double down = coef > 0.0 ? slope - l1 : slope + l1;
        return larger(coef >= upper ? 0.0 : larger(up, 0.0),
                      coef <= lower ? 0.0 : larger(-down, 0.0));
    }
};

double limited(double strength) { return strength < kLargest ? strength : kLargest; }

Feature feature(const WorkingPoints& points, std::size_t k, std::size_t j) {
    return {limited(points.l1[k] * points.factor[j]), limited(points.l2[k] * points.factor[j]),
            points.lower[j], points.upper[j]};
}

}  // namespace

void dual_bounds(const WorkingPoints& points, const DualBounds& out) {
    for (std::size_t k = 0; k < points.count; ++k) {
        check_interrupt(16 * points.size);
        const double* coef = points.coef + k * points.size;
        double penalty = 0.0, fitted = 0.0, scale = points.within[k], violation = 0.0;
        for (std::size_t j = 0; j < points.size; ++j) {
            const Feature one = feature(points, k, j);
            const double slope = points.slopes[j * points.count + k];
            const double corner = slope - one.l2 * coef[j];
            penalty += one.penalty(coef[j]);
            fitted += coef[j] * slope;
            const double feasible = one.feasible_scale(corner);
            if (feasible < scale) scale = feasible;
            const double floor = points.floor[j];
            if (floor > 0.0) {
                const double unit = larger(one.l1, floor);
                violation = larger(one.violation(coef[j], corner) / unit, violation);
            }
        }
        // What exceeds l1 by a last digit costs without end where l2 is tiny.
        if (scale < 1.0) scale *= kRoundedDown;
        double conjugate = 0.0, conjugate_within = 0.0;
        for (std::size_t j = 0; j < points.size; ++j) {
            const Feature one = feature(points, k, j);
            const double slope = points.slopes[j * points.count + k];
            conjugate += one.conjugate(scale * slope);
            conjugate_within += one.conjugate(points.within[k] * slope);
        }
        out.penalty[k] = penalty;
        out.fitted[k] = fitted;
        out.scale[k] = scale;
        out.conjugate[k] = conjugate;
        out.conjugate_within[k] = conjugate_within;
        out.violation[k] = violation;
    }
}

}  // namespace bridle::BRIDLE_LEVEL
