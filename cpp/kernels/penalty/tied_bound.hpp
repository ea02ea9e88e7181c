// Penalty of one feature whose coefficients are tied over the outputs: by their Euclidean norm.
#pragma once

#include <cstddef>

#include "arithmetic/scalar.hpp"
#include "level.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// Numbers of one feature, `step` apart.
struct OverOutputs {
    const double* first;
    std::size_t count;
    std::size_t step;

    double operator[](std::size_t k) const { return first[k * step]; }
    double squares() const {
        double sum = 0.0;
        for (std::size_t k = 0; k < count; ++k) sum += (*this)[k] * (*this)[k];
        return sum;
    }
    double size() const { return __builtin_sqrt(squares()); }
};

struct TiedBound {
    double l1;
    double l2;

    double value(double size) const { return size * (l1 + 0.5 * l2 * size); }

    // KKT violation; `coef` has norm `size`.
    double violation(OverOutputs coef, double size, OverOutputs negative_gradient) const {
        double squares = 0.0;
        if (size == 0.0) {
            const double beyond = negative_gradient.size() - l1;
            return beyond > 0.0 ? beyond : 0.0;
        }
        for (std::size_t k = 0; k < coef.count; ++k) {
            const double left = negative_gradient[k] - (l2 + l1 / size) * coef[k];
            squares += left * left;
        }
        return __builtin_sqrt(squares);
    }

    // sup_b dual'b - value(|b|), for a dual of norm `size`
    double conjugate(double size) const {
        const double beyond = size - l1;
        if (!(beyond > kRoundingShare * l1)) return 0.0;
        return l2 > 0.0 ? 0.5 * beyond * beyond / l2 : kInfinity;
    }

    // Writes the minimiser of sum_k (h_k / 2 b_k^2 - u_k b_k) + value(|b|). With nu = |b|,
    // b_k = u_k nu / ((h_k + l2) nu + l1), so sum_k (u_k / ((h_k + l2) nu + l1))^2 = 1: a convex,
    // decreasing function of nu, whose root Newton's method reaches from the left.
    void best(OverOutputs hessian, const double* u, double* b) const {
        const std::size_t outputs = hessian.count;
        const double size = OverOutputs{u, outputs, 1}.size();
        if (!(size > l1)) {
            for (std::size_t k = 0; k < outputs; ++k) b[k] = 0.0;
            return;
        }
        double most = hessian[0], least = hessian[0];
        for (std::size_t k = 1; k < outputs; ++k) {
            if (hessian[k] > most) most = hessian[k];
            if (hessian[k] < least) least = hessian[k];
        }
        double nu = (size - l1) / (most + l2);
        for (int round = 0; round < kRounds && most > least; ++round) {
            double squares = 0.0, fall = 0.0;
            for (std::size_t k = 0; k < outputs; ++k) {
                const double a = hessian[k] + l2, below = a * nu + l1, ratio = u[k] / below;
                squares += ratio * ratio;
                fall += ratio * ratio * a / below;
            }
            const double change = 0.5 * (squares - 1.0) / fall;
            // Beyond the root by rounding only.
            if (!(change > kPrecision * nu)) break;
            nu += change;
        }
        for (std::size_t k = 0; k < outputs; ++k) {
            // Without an l1 strength, an output without curvature or gradient stays.
            const double below = (hessian[k] + l2) * nu + l1;
            b[k] = below > 0.0 ? u[k] * nu / below : 0.0;
        }
    }

  private:
    // A dual that exceeds l1 by this fraction does so by rounding.
    static constexpr double kRoundingShare = 1e-14;
    // A step of Newton's method below this fraction of nu is rounding.
    static constexpr double kPrecision = 1e-15;
    // Far left of the root, a step grows nu by a half; so many suffice for curvatures that differ
    // by a factor of 1e10.
    static constexpr int kRounds = 60;
};

}  // namespace bridle::BRIDLE_LEVEL
