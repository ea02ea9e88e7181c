// Compiled once for each instruction set; see level.hpp.
#include "bridle/descent/tied_descent.hpp"

#include "arithmetic/extrapolation.hpp"
#include "bridle/interrupt.hpp"
#include "descent/tied_models.hpp"
#include "level.hpp"
#include "path/column_descent.hpp"
#include "penalty/tied_bound.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

static_assert(kTiedVectors == kSteps + 1);

// Sweeps over the features in use end when gap and violation are below this fraction of their
// limits; then all features are checked.
constexpr double kEnough = 0.5;
// Most sweeps over the features in use before all others are checked again.
constexpr int kSweeps = 20;
// Rounds of sweeps without a smaller gap or violation, after which rounding hides the rest.
constexpr int kRoundsWithoutGain = 10;

template <class Model>
class Path {
  public:
    Path(Model& model, const TiedFeatures& features, const Precision& precision, double* memory,
         std::int64_t* index)
        : model_(model),
          problem_(features),
          precision_(precision),
          history_(memory),
          linear_(memory + kTiedVectors * features.pairs()),
          next_(linear_ + features.outputs),
          used_(index),
          all_(index + features.size) {
        for (std::size_t j = 0; j < features.size; ++j) all_[j] = static_cast<std::int64_t>(j);
    }

    std::int64_t run(const Grid& grid, double* coef) {
        std::int64_t total = 0;
        for (std::size_t s = grid.solved; s < grid.count; ++s) {
            strength_ = {grid.l1[s], grid.l2[s]};
            coef_ = coef + s * problem_.pairs();
            if (s >= grid.known) continue_path(grid, s);
            total += solve();
        }
        return total;
    }

  private:
    // The linear extrapolation of the two solutions before; a feature without coefficients stays.
    void continue_path(const Grid& grid, std::size_t s) {
        const std::size_t pairs = problem_.pairs();
        for (std::size_t a = 0; a < pairs && s == 0; ++a) coef_[a] = 0.0;
        if (s == 0) return;
        const double* last = coef_ - pairs;
        for (std::size_t a = 0; a < pairs; ++a) coef_[a] = last[a];
        if (s < 2 || !(grid.l1[s - 2] > grid.l1[s - 1])) return;
        const double share = (grid.l1[s - 1] - grid.l1[s]) / (grid.l1[s - 2] - grid.l1[s - 1]);
        const double* before = last - pairs;
        for (std::size_t a = 0; a < pairs; ++a) {
            if (last[a] != 0.0) coef_[a] = last[a] + share * (last[a] - before[a]);
        }
    }

    std::int64_t solve() {
        std::int64_t sweeps = 0;
        double best = kInfinity;
        int idle = 0;
        for (;;) {
            model_.restart(coef_);
            const double left = judge({all_, problem_.size});
            if (left <= 1.0 || sweeps >= precision_.sweeps || idle > kRoundsWithoutGain) {
                return sweeps;
            }
            idle = left < 0.9 * best ? 0 : idle + 1;
            if (left < best) best = left;
            find_used();
            for (int step = 0; step < kSweeps && sweeps < precision_.sweeps; ++step, ++sweeps) {
                remember(step % kSteps);
                sweep();
                if (step % kSteps == kSteps - 1) {
                    leap();
                    if (judge({used_, count_}) <= kEnough) break;
                }
            }
        }
    }

    // One sweep of exact steps over the features in use.
    void sweep() {
        for (std::size_t a = 0; a < count_; ++a) {
            const std::size_t j = static_cast<std::size_t>(used_[a]);
            const OverOutputs hessian = model_.hessian(j);
            model_.measure(j);
            const double* negative_gradient = model_.negative_gradients();
            double largest = 0.0;
            for (std::size_t k = 0; k < problem_.outputs; ++k) {
                const double curvature = hessian[k];
                if (curvature > largest) largest = curvature;
                linear_[k] = curvature > 0.0
                                 ? negative_gradient[at(k, j)] + curvature * coef_[at(k, j)]
                                 : 0.0;
            }
            // The coefficients of a constant column are 0.
            if (largest > 0.0) bound(j).best(hessian, linear_, next_);
            for (std::size_t k = 0; k < problem_.outputs; ++k) {
                const double next = largest > 0.0 ? next_[k] : 0.0;
                next_[k] = next - coef_[at(k, j)];
                coef_[at(k, j)] = next;
            }
            model_.move(j, next_);
        }
    }

    // Features with a coefficient, or a negative_gradient beyond their limit.
    void find_used() {
        count_ = 0;
        for (std::size_t j = 0; j < problem_.size; ++j) {
            if (coef(j).squares() > 0.0 || negative_gradient(j).size() > bound(j).l1) {
                used_[count_++] = static_cast<std::int64_t>(j);
            }
        }
    }

    // The larger of gap and violation over the listed features, each over its limit. A feature
    // without a penalty counts by its violation alone, in units of the strength.
    double judge(ListView list) {
        check_interrupt(16 * problem_.pairs());
        double scale = 1.0, plain = 0.0, worst = 0.0;
        for (std::size_t a = 0; a < list.size; ++a) {
            const std::size_t j = static_cast<std::size_t>(list.index[a]);
            if (!varies(j)) continue;
            model_.measure(j);
            const TiedBound term = bound(j);
            const double size = coef(j).size(), steep = negative_gradient(j).size();
            if (size == 0.0 && steep <= term.l1) continue;
            const double unit = term.l1 > 0.0 ? term.l1 : strength_.l1;
            const double violation = term.violation(coef(j), size, negative_gradient(j)) / unit;
            if (!(violation <= worst)) worst = violation;
            if (term.l1 == 0.0) continue;
            const double gap = term.value(size) + term.conjugate(steep) - product(j);
            plain += gap > 0.0 ? gap : 0.0;
            if (steep > term.l1 && term.l1 / steep < scale) scale = term.l1 / steep;
        }
        double gap = plain;
        if (scale < 1.0) {
            double scaled = (1.0 - scale) * (1.0 - scale) * model_.loss(coef_);
            for (std::size_t a = 0; a < list.size; ++a) {
                const std::size_t j = static_cast<std::size_t>(list.index[a]);
                const TiedBound term = bound(j);
                const double size = coef(j).size();
                if (size == 0.0 || term.l1 == 0.0 || !varies(j)) continue;
                const double part = term.value(size) +
                                    term.conjugate(scale * negative_gradient(j).size()) -
                                    scale * product(j);
                scaled += part > 0.0 ? part : 0.0;
            }
            if (scaled < gap) gap = scaled;
        }
        const double by_gap = gap / precision_.gap, by_violation = worst / precision_.violation;
        return by_gap > by_violation ? by_gap : by_violation;
    }

    double objective() const {
        check_interrupt(4 * problem_.pairs());
        double sum = model_.loss(coef_);
        for (std::size_t j = 0; j < problem_.size; ++j) {
            const double size = coef(j).size();
            if (size > 0.0) sum += bound(j).value(size);
        }
        return sum;
    }

    std::size_t remembered() const { return count_ * problem_.outputs; }

    void remember(int step) {
        double* point = history_ + static_cast<std::size_t>(step) * remembered();
        for (std::size_t k = 0; k < problem_.outputs; ++k) {
            for (std::size_t a = 0; a < count_; ++a) {
                *point++ = coef_[at(k, static_cast<std::size_t>(used_[a]))];
            }
        }
    }

    // Takes the extrapolation of the last sweeps, if it is better.
    void leap() {
        remember(kSteps);
        if (!mix_points(history_, remembered())) return;
        const double here = objective();
        model_.save();
        exchange(true);
        if (objective() <= here) return;
        exchange(false);
        model_.restore();
    }

    // Swaps the coefficients in use with the first point of the history.
    void exchange(bool moving) {
        double* point = history_;
        for (std::size_t a = 0; a < count_; ++a) {
            const std::size_t j = static_cast<std::size_t>(used_[a]);
            for (std::size_t k = 0; k < problem_.outputs; ++k) {
                double* other = point + k * count_ + a;
                const double before = coef_[at(k, j)];
                coef_[at(k, j)] = *other;
                next_[k] = *other - before;
                *other = before;
            }
            if (moving) model_.move(j, next_);
        }
    }

    std::size_t at(std::size_t k, std::size_t j) const { return k * problem_.size + j; }
    bool varies(std::size_t j) const {
        const OverOutputs hessian = model_.hessian(j);
        for (std::size_t k = 0; k < problem_.outputs; ++k) {
            if (hessian[k] > 0.0) return true;
        }
        return false;
    }
    double product(std::size_t j) const {
        const double* negative_gradient = model_.negative_gradients();
        double sum = 0.0;
        for (std::size_t k = 0; k < problem_.outputs; ++k)
            sum += coef_[at(k, j)] * negative_gradient[at(k, j)];
        return sum;
    }
    OverOutputs coef(std::size_t j) const { return {coef_ + j, problem_.outputs, problem_.size}; }
    OverOutputs negative_gradient(std::size_t j) const {
        return {model_.negative_gradients() + j, problem_.outputs, problem_.size};
    }
    TiedBound bound(std::size_t j) const {
        return {strength_.l1 * problem_.factor[j], strength_.l2 * problem_.factor[j]};
    }

    Model& model_;
    const TiedFeatures& problem_;
    const Precision& precision_;
    Strength strength_{};
    double* coef_ = nullptr;
    double* history_;
    double* linear_;
    double* next_;
    std::int64_t* used_;
    std::int64_t* all_;
    std::size_t count_ = 0;
};

}  // namespace

std::int64_t tied_gram_path(const TiedGrams& grams, const TiedFeatures& features, const Grid& grid,
                            const Precision& precision, double* memory, std::int64_t* index,
                            double* coef) {
    TiedGram model(grams, features, memory);
    double* rest = memory + 2 * features.pairs();
    return Path<TiedGram>(model, features, precision, rest, index).run(grid, coef);
}

std::int64_t tied_column_path(const TiedRows& rows, const TiedFeatures& features, const Grid& grid,
                              const Precision& precision, double* memory, std::int64_t* index,
                              double* coef) {
    TiedColumns model(rows, features, memory);
    double* rest = memory + TiedColumns::memory(rows.rows, features);
    return Path<TiedColumns>(model, features, precision, rest, index).run(grid, coef);
}

}  // namespace bridle::BRIDLE_LEVEL
