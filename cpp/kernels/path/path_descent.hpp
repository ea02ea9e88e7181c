// The descent along a path, for losses of one output and of several classes alike.
//
// At each strength, quadratic models of the loss are minimised one after the other by coordinate
// descent over the active columns. A step that does not lower the objective is halved, and the next
// model is then a majorant. The fit is done when gap and KKT violation, over all columns, are small
// enough.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arithmetic/extrapolation.hpp"
#include "bridle/interrupt.hpp"
#include "bridle/path/grid.hpp"
#include "level.hpp"
#include "path/column_descent.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// The descent on one quadratic model reduces the gap to this fraction, but not below that fraction
// of the tolerance.
constexpr double kModelShare = 0.05;
constexpr double kToleranceShare = 0.3;
// If only the KKT violations are too large: the gap is proportional to their squares, so this
// divides them by about 30.
constexpr double kViolationShare = 1e-3;
// Most sweeps on one model, before a new one is made.
constexpr int kSweeps = 100;
// 2^-30 of a step changes the objective by rounding only.
constexpr int kHalvings = 30;
// A fit whose gap has not fallen for so many models is given up.
constexpr int kRoundsWithoutGain = 8;
// Unless the gap over all columns is so many times that over the candidates: then these are chosen
// anew.
constexpr double kMoreColumns = 2.0;
// A relative increase of the objective by about four units in the last place is rounding.
constexpr double kRounding = 1e-15;

// Lists columns with a non-zero coefficient, or a gradient of at least `l1` times the factor;
// returns their number.
template <class Problem>
std::size_t list_candidates(const Problem& problem, double l1, const double* coef,
                            const double* gradient, std::int64_t* list) {
    std::size_t count = 0;
    for (std::size_t j = 0; j < problem.count; ++j) {
        if (coef[j] != 0.0 || magnitude(gradient[j]) >= l1 * problem.factor[j]) {
            list[count++] = static_cast<std::int64_t>(j);
        }
    }
    return count;
}

// Lists candidates with a non-zero coefficient, or that a step would move; returns their number.
template <class Problem>
std::size_t list_active(const Problem& problem, Strength strength, const double* coef,
                        const double* gradient, ListView candidates, std::int64_t* list) {
    std::size_t count = 0;
    for (std::size_t a = 0; a < candidates.size; ++a) {
        const std::size_t j = static_cast<std::size_t>(candidates.index[a]);
        if (coef[j] != 0.0 || Bound(problem, strength, j).excess(gradient[j]) > 0.0) {
            list[count++] = candidates.index[a];
        }
    }
    return count;
}

// Computes a linear predictor from its coefficients, without accumulated rounding errors.
template <class Descent, class Problem>
void predict_rows(const Descent& descent, const Problem& problem, const double* offset,
                  const double* coef, double constant, double* eta) {
    for (std::size_t i = 0; i < problem.rows; ++i) eta[i] = offset[i];
    for (std::size_t j = 0; j < problem.count; ++j) {
        if (coef[j] != 0.0) constant += descent.add_column(j, coef[j], eta);
    }
    for (std::size_t i = 0; i < problem.rows; ++i) eta[i] += constant;
}

inline void halve_way(double* point, const double* start, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) point[i] = 0.5 * (point[i] + start[i]);
}

// The part that paths of both kinds of losses share. `Path` derives from it, is its friend, and has
// the parts that depend on the loss.
class PathDescent {
  protected:
    PathDescent(const Precision& precision, bool quadratic, double* eta, double* trial)
        : precision_(precision), quadratic_(quadratic), eta_(eta), trial_(trial) {}

    // Solves all strengths; returns the number of sweeps.
    template <class Path, class Solutions>
    std::int64_t follow(Path& path, const Grid& grid, const Solutions& solutions) {
        std::int64_t total = 0;
        for (std::size_t s = grid.solved; s < grid.count; ++s) {
            strength_ = {grid.l1[s], grid.l2[s]};
            path.start(s, grid, solutions);
            if (s == grid.solved) path.measure_all();
            path.choose_candidates(s > grid.solved ? 2.0 * grid.l1[s] - grid.l1[s - 1]
                                                   : grid.l1[s]);
            sweeps_ = 0;
            solutions.gap[s] = solve(path);
            total += sweeps_;
            path.keep(s, solutions);
        }
        return total;
    }

    // Halves the step to the trial point until the objective does not increase.
    template <class Path>
    void accept(Path& path) {
        const double objective = objective_ + kRounding * magnitude(objective_);
        int halving = 0;
        for (; halving < kHalvings; ++halving) {
            path.evaluate(trial_);
            if (quadratic_ || objective_ <= objective) break;
            path.halve_step();
        }
        // If the step had to be halved, its model was too low: the next one is a majorant.
        path.set_careful(halving > 0);
        swap_trial();
    }

    void swap_trial() {
        double* other = eta_;
        eta_ = trial_;
        trial_ = other;
    }

    // The linear extrapolation of the last two solutions of a coefficient, at most to 0 and the
    // limits.
    template <class Problem>
    static double inside(const Problem& problem, std::size_t j, double last, double line) {
        const double clipped = clip(line, problem.lower[j], problem.upper[j]);
        return last != 0.0 && (clipped > 0.0) == (last > 0.0) ? clipped : 0.0;
    }

    // The penalty of `size` coefficients, class after class.
    template <class Problem>
    double penalty_of(const Problem& problem, std::size_t size) const {
        check_interrupt(size);
        double sum = 0.0;
        for (std::size_t a = 0; a < size; ++a) {
            if (coef_[a] != 0.0) {
                sum += Bound(problem, strength_, a % problem.count).value(coef_[a]);
            }
        }
        return sum;
    }

    // Descends on the model until its gap is small relative to `gap`.
    template <class Path>
    void descend(Path& path, double gap, double share) {
        const double enough = share * target(gap);
        for (int step = 0; step < kSweeps && sweeps_ < precision_.sweeps; ++step) {
            path.remember(step % kSteps);
            const SweepGains gains = path.sweep();
            ++sweeps_;
            if (gains.gap() <= enough) return;
            if (step % kSteps == kSteps - 1) path.leap();
        }
    }

    const Precision& precision_;
    const bool quadratic_;
    Strength strength_{};
    double objective_ = 0.0;
    // Largest KKT violation among the columns whose gap was computed last.
    double worst_ = 0.0;
    bool careful_ = false;
    double* coef_ = nullptr;
    double* eta_;
    double* trial_;
    std::int64_t sweeps_ = 0;

  private:
    // Returns the gap that was reached.
    template <class Path>
    double solve(Path& path) {
        double best = kInfinity;
        double share = 1.0;
        for (int rounds = 0;; ++rounds) {
            double gap = path.model_gap();
            const bool stuck = rounds > kRoundsWithoutGain;
            const bool last = sweeps_ >= precision_.sweeps;
            if (is_done(gap) || stuck || last) {
                const double of_candidates = gap;
                gap = path.whole_gap();
                if (is_done(gap) || last || (stuck && gap <= kMoreColumns * of_candidates)) {
                    return gap;
                }
                path.choose_candidates(strength_.l1);
                // The gaps so far were those of fewer columns.
                best = kInfinity;
                rounds = 0;
            }
            // Small steps may still be far from the minimum: solve the next model more precisely.
            if (gap > 0.5 * best) share *= 0.1;
            if (gap < best) {
                best = gap;
                rounds = 0;
            }
            path.improve(gap, share);
        }
    }

    // The gap cannot be computed from a majorant's curvature.
    bool is_done(double gap) const {
        return !careful_ && gap <= precision_.gap && worst_ <= precision_.violation;
    }

    // The gap at which to stop the descent on the model.
    double target(double gap) const {
        if (gap <= precision_.gap) return kViolationShare * gap;
        const double wanted = quadratic_ ? 0.0 : kModelShare * gap;
        const double enough = kToleranceShare * precision_.gap;
        return wanted > enough ? wanted : enough;
    }
};

}  // namespace bridle::BRIDLE_LEVEL
