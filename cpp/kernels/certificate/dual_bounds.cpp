// Compiled once for each instruction set; see level.hpp.
#include "bridle/certificate/dual_bounds.hpp"

#include "bridle/interrupt.hpp"
#include "certificate/judged_feature.hpp"
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
            const JudgedFeature judged = feature(points, k, j);
            const double negative_gradient = points.negative_gradients[j * points.count + k];
            const double corner = negative_gradient - judged.l2 * coef[j];
            penalty += judged.penalty(coef[j]);
            fitted += coef[j] * negative_gradient;
            const double feasible = judged.feasible_scale(corner);
            if (feasible < scale) scale = feasible;
            const double floor = points.floor[j];
            if (floor > 0.0) {
                const double unit = larger(judged.l1, floor);
                violation = larger(judged.violation(coef[j], corner) / unit, violation);
            }
        }
        // Rounded down: if l2 is tiny, the conjugate just above l1 is huge.
        if (scale < 1.0) scale *= kRoundedDown;
        double conjugate = 0.0, conjugate_within = 0.0;
        for (std::size_t j = 0; j < points.size; ++j) {
            const JudgedFeature judged = feature(points, k, j);
            const double negative_gradient = points.negative_gradients[j * points.count + k];
            conjugate += judged.conjugate(scale * negative_gradient);
            conjugate_within += judged.conjugate(points.within[k] * negative_gradient);
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
