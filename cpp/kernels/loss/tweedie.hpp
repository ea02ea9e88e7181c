// Tweedie loss of a power p in (1, 2), exp((2 - p) eta) / (2 - p) + y exp((1 - p) eta) / (p - 1),
// for y >= 0.
#pragma once

#include "arithmetic/vector_math.hpp"
#include "level.hpp"
#include "loss/loss_row.hpp"

namespace bridle::BRIDLE_LEVEL {

struct Tweedie {
    static constexpr const char* kName = "tweedie";
    static constexpr bool kQuadratic = false;

    double power;

    // Both terms of the loss are exponentials: `rise` and `fall` are the sizes of their
    // derivatives.
    LossRow row(double y, double eta) const {
        const double a = 2.0 - power, b = power - 1.0;
        const double rise = raised(a * eta), fall = y * raised(-b * eta);
        // The bounded exponentials would be finite at an eta that is no number; 0 eta is not.
        return {rise / a + fall / b + 0.0 * eta, fall - rise, a * rise + b * fall};
    }

    // The curvature is convex in eta, so on the way to log(y) it is largest at one of the ends.
    double majorant(double y, double eta) const {
        const double here = row(y, eta).curvature, there = level(y);
        return here < there ? there : here;
    }

    double smallest_curvature(double y) const {
        const double small = 1e-5 * level(y);
        return small > kTiny ? small : kTiny;
    }

    // The supremum is where rise - fall = u. With rise = y^a r^a and fall = y^a r^-b that is an
    // equation in one power of r, above 1, on the side of the sign of u. If y = 0, rise = u.
    double conjugate(double y, double dual) const {
        const double a = 2.0 - power, b = power - 1.0;
        const double lowest = y > kTiny ? y : kTiny, scale = level(lowest);
        const bool up = dual >= 0.0;
        const double near = up ? a : b, far = up ? b : a;
        const double log_root = root_log((up ? dual : -dual) / scale, far / near);
        const double large = scale * exponential(log_root);
        const double small = scale * exponential(-log_root * (far / near));
        const double eta = natural_logarithm(lowest) + (up ? log_root : -log_root) / near;
        const double positive = dual * eta - large / near - small / far;
        const double inside = up ? dual : 0.0;
        const double zero = (times_logarithm(inside) - inside) / a;
        const double of_zero = dual < -kOutside ? __builtin_huge_val() : zero;
        return y > kTiny ? positive : of_zero;
    }

    // The conjugate of a sum is at most the sum of the terms' conjugates at any split of u. Split
    // as the curvature is, each term's divergence is that of Poisson loss.
    static double divergence(double size) { return size * size; }

  private:
    static double raised(double eta) { return exponential(eta < 300.0 ? eta : 300.0); }

    // The curvature at eta = log(y), y^(2 - p).
    double level(double y) const {
        const double inside = y > kTiny ? y : kTiny;
        return y > kTiny ? exponential((2.0 - power) * natural_logarithm(inside)) : 0.0;
    }

    // log(r) of the r >= 1 at which r - r^-k = v, by Newton's method from below, which is monotone
    // as the left side is concave; nine steps are exact for k up to 1000.
    static double root_log(double v, double k) {
        double r = v < 1.0 ? 1.0 : v;
        for (int step = 0; step < kSteps; ++step) {
            const double fall = exponential(-k * natural_logarithm(r));
            r -= (r - fall - v) / (1.0 + k * fall / r);
        }
        return natural_logarithm(r < 1.0 ? 1.0 : r);
    }

    static constexpr int kSteps = 10;
    static constexpr double kTiny = 1e-300;
};

}  // namespace bridle::BRIDLE_LEVEL
