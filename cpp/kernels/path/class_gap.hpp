// Duality gap and KKT violations of the multinomial loss on a working set.
#pragma once

#include "bridle/path/class_path.hpp"
#include "level.hpp"
#include "path/column_descent.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// The listed columns of a class, with its coefficients and their negative gradients.
struct ClassPoint {
    ListView list;
    const double* coef;
    const double* negative_gradient;
};

// Sums over classes: call `judge` for all of them, then `add` for all of them, then `gap`.
class ClassGap {
  public:
    ClassGap(const ClassProblem& problem, Strength strength)
        : problem_(problem), strength_(strength) {}

    // Finds the scale at which the residuals are a feasible dual point, and the worst violation.
    void judge(const ClassPoint& point) {
        for (std::size_t a = 0; a < point.list.size; ++a) {
            const std::size_t j = static_cast<std::size_t>(point.list.index[a]);
            const Bound bound(problem_, strength_, j);
            const double coef = point.coef[j], negative_gradient = point.negative_gradient[j];
            if (coef == 0.0 && magnitude(negative_gradient) <= bound.l1) continue;
            const double feasible = bound.feasible_scale(negative_gradient - bound.l2 * coef);
            if (feasible < scale_) scale_ = feasible;
            const double found = bound.violation(coef, negative_gradient) / bound.l1;
            if (!(found <= worst_)) worst_ = found;
        }
    }

    void add(const ClassPoint& point) {
        for (std::size_t a = 0; a < point.list.size; ++a) {
            const std::size_t j = static_cast<std::size_t>(point.list.index[a]);
            const Bound bound(problem_, strength_, j);
            const double coef = point.coef[j], negative_gradient = point.negative_gradient[j];
            if (coef == 0.0 && magnitude(negative_gradient) <= bound.l1) continue;
            plain_ += bound.fenchel_gap(coef, negative_gradient);
            scaled_ += bound.fenchel_gap(coef, scale_ * negative_gradient);
        }
    }

    double worst() const { return worst_; }

    // `pearson` is that of the loss, and `moved` the squared length of the intercepts' next step.
    double gap(double pearson, double moved) const {
        const double step = __builtin_sqrt(moved);
        const double plain = moved + plain_;
        const double size = (1.0 - scale_) * __builtin_sqrt(pearson) + scale_ * step;
        const double scaled = size * size + scaled_;
        return scaled < plain ? scaled : plain;
    }

  private:
    const ClassProblem& problem_;
    const Strength strength_;
    double scale_ = 1.0;
    double worst_ = 0.0;
    double plain_ = 0.0;
    double scaled_ = 0.0;
};

}  // namespace bridle::BRIDLE_LEVEL
