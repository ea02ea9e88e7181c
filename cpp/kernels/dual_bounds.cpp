// Compiled once for each instruction set; see level.hpp.
#include "bridle/dual_bounds.hpp"

#include "bridle/interrupt.hpp"
#include "judged_feature.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

JudgedFeature feature(const WorkingPoints& points, std::size_t k, std::size_t j) {
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
            const JudgedFeature one = feature(points, k, j);
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
        // Rounded down: if l2 is tiny, the conjugate just above l1 is huge.
        if (scale < 1.0) scale *= kRoundedDown;
        double conjugate = 0.0, conjugate_within = 0.0;
        for (std::size_t j = 0; j < points.size; ++j) {
            const JudgedFeature one = feature(points, k, j);
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
