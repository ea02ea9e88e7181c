// Compiled once for each instruction set; see level.hpp.
#include "bridle/class_path.hpp"

#include "bound.hpp"
#include "bridle/interrupt.hpp"
#include "class_descent.hpp"
#include "class_gap.hpp"
#include "common_shift.hpp"
#include "dense_model.hpp"
#include "extrapolation.hpp"
#include "level.hpp"
#include "loss/softmax.hpp"
#include "path_limits.hpp"
#include "sparse_model.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

static_assert(ClassMemory::kHistory == kSteps + 1);

template <class Model>
class Path {
  public:
    Path(const typename Model::Columns& columns, const ClassProblem& problem,
         const Precision& precision, const ClassMemory& memory)
        : problem_(problem),
          precision_(precision),
          descent_(columns, problem, memory),
          scratch_(memory.rows + 5 * problem.rows),
          eta_(memory.class_rows + 4 * problem.size()),
          trial_(memory.class_rows + 5 * problem.size()),
          kept_(memory.class_rows + 6 * problem.size()),
          before_(memory.pairs + 4 * problem.pairs()),
          constant_before_(memory.classes + 2 * problem.classes),
          history_(memory.history),
          candidate_(memory.index + problem.pairs()),
          active_(memory.index + 2 * problem.pairs()),
          candidates_(memory.sizes),
          actives_(memory.sizes + problem.classes) {}

    std::int64_t run(const Grid& grid, const ClassSolutions& solutions) {
        std::int64_t total = 0;
        for (std::size_t s = grid.solved; s < grid.count; ++s) {
            strength_ = {grid.l1[s], grid.l2[s]};
            coef_ = solutions.coef + s * problem_.pairs();
            constant_ = solutions.intercept + s * problem_.classes;
            careful_ = false;
            if (s < grid.known) {
                start_from();
            } else {
                continue_path(s, grid);
            }
            if (s == grid.solved) {
                descent_.begin(careful_);
                for (std::size_t k = 0; k < problem_.classes; ++k) {
                    descent_.measure_gradients(k, everything(k));
                }
            }
            choose_candidates(s > grid.solved ? 2.0 * grid.l1[s] - grid.l1[s - 1] : grid.l1[s]);
            sweeps_ = 0;
            solutions.gap[s] = solve();
            total += sweeps_;
            predict(solutions.eta + s * problem_.size());
        }
        return total;
    }

  private:
    void start_from() {
        for (std::size_t a = 0; a < problem_.pairs(); ++a) {
            const std::size_t j = a % problem_.count;
            coef_[a] = clip(coef_[a], problem_.lower[j], problem_.upper[j]);
        }
        for (std::size_t k = 0; k < problem_.classes && !problem_.fit_intercept; ++k) {
            constant_[k] = 0.0;
        }
        predict(eta_);
        evaluate(eta_);
    }

    // Starts at the linear extrapolation of the last two solutions, or at the last if that is
    // better.
    void continue_path(std::size_t s, const Grid& grid) {
        const double* last = coef_ - problem_.pairs();
        const double* constant = constant_ - problem_.classes;
        take(last, constant);
        predict(eta_);
        evaluate(eta_);
        if (s < 2 || !(grid.l1[s - 2] > grid.l1[s - 1])) return;
        const double share = (grid.l1[s - 1] - grid.l1[s]) / (grid.l1[s - 2] - grid.l1[s - 1]);
        for (std::size_t a = 0; a < problem_.pairs(); ++a) {
            const std::size_t j = a % problem_.count;
            const double coef = last[a];
            const double line = coef + share * (coef - last[a - problem_.pairs()]);
            const double inside = clip(line, problem_.lower[j], problem_.upper[j]);
            coef_[a] = coef != 0.0 && (inside > 0.0) == (coef > 0.0) ? inside : 0.0;
        }
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            constant_[k] += share * (constant[k] - constant[k - problem_.classes]);
        }
        const double objective = objective_;
        predict(trial_);
        evaluate(trial_);
        if (objective_ <= objective) {
            swap_trial();
            return;
        }
        take(last, constant);
        evaluate(eta_);
    }

    void take(const double* coef, const double* constant) {
        for (std::size_t a = 0; a < problem_.pairs(); ++a) coef_[a] = coef[a];
        for (std::size_t k = 0; k < problem_.classes; ++k) constant_[k] = constant[k];
    }

    // Returns the gap that was reached.
    double solve() {
        double best = kInfinity;
        double share = 1.0;
        for (int rounds = 0;; ++rounds) {
            descent_.begin(careful_);
            const bool enough = rounds > kRoundsWithoutGain || sweeps_ >= precision_.sweeps;
            double gap = working_gap(false);
            if (is_done(gap) || enough) {
                gap = working_gap(true);
                if (is_done(gap) || enough) return gap;
                choose_candidates(strength_.l1);
            }
            // Small steps may still be far from the minimum: solve the next model more precisely.
            if (gap > 0.5 * best) share *= 0.1;
            if (gap < best) {
                best = gap;
                rounds = 0;
            }
            improve(gap, share);
        }
    }

    // The gap cannot be computed from a majorant's curvature.
    bool is_done(double gap) const {
        return !careful_ && gap <= precision_.gap && worst_ <= precision_.violation;
    }

    // The gap over the candidates, or all columns, whose negative gradients are measured first.
    double working_gap(bool whole) {
        ClassGap found(problem_, strength_);
        double moved = 0.0;
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const ListView list = whole ? everything(k) : candidates(k);
            descent_.measure_gradients(k, list);
            moved += descent_.shift(k) * descent_.shift(k) * descent_.total(k);
            found.judge(point(k, list));
        }
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            found.add(point(k, whole ? everything(k) : candidates(k)));
        }
        worst_ = found.worst();
        return found.gap(pearson_, moved);
    }

    // Descends on the model until its gap is small relative to `gap`, then backtracks.
    void improve(double gap, double share) {
        find_active();
        for (std::size_t a = 0; a < problem_.pairs(); ++a) before_[a] = coef_[a];
        for (std::size_t k = 0; k < problem_.classes; ++k) constant_before_[k] = constant_[k];
        descend(share * target(gap));
        const double* moved = descent_.moved();
#pragma omp simd
        for (std::size_t i = 0; i < problem_.size(); ++i) trial_[i] = eta_[i] + moved[i];
        accept();
        // It changes neither the loss nor differences of linear predictors.
        for (std::size_t j = 0; j < problem_.count; ++j) {
            centre({coef_ + j, problem_.classes, problem_.count}, Bound(problem_, strength_, j));
        }
        objective_ = loss_ + penalty();
    }

    // The gap at which to stop the descent on the model.
    double target(double gap) const {
        // The gap is small enough, so the KKT violations are too large; the gap is proportional to
        // their squares.
        if (gap <= precision_.gap) return kViolationShare * gap;
        const double wanted = kModelShare * gap, enough = kToleranceShare * precision_.gap;
        return wanted > enough ? wanted : enough;
    }

    void descend(double target) {
        for (int step = 0; step < kSweeps && sweeps_ < precision_.sweeps; ++step) {
            remember(step % kSteps);
            SweepGains gains;
            for (std::size_t k = 0; k < problem_.classes; ++k) {
                descent_.sweep(k, strength_, active(k), coef_ + k * problem_.count, constant_ + k,
                               gains);
            }
            ++sweeps_;
            if (gains.gap() <= target) return;
            if (step % kSteps == kSteps - 1) leap();
        }
    }

    std::size_t remembered() const {
        std::size_t size = problem_.classes;
        for (std::size_t k = 0; k < problem_.classes; ++k) size += active(k).size;
        return size;
    }

    // Keeps the active coefficients of each class, followed by its intercept.
    void remember(int step) {
        double* point = history_ + static_cast<std::size_t>(step) * remembered();
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const ListView list = active(k);
            for (std::size_t a = 0; a < list.size; ++a) {
                *point++ = coef_[k * problem_.count + static_cast<std::size_t>(list.index[a])];
            }
            *point++ = constant_[k];
        }
    }

    // Takes the extrapolation of the last sweeps, if it is better.
    void leap() {
        remember(kSteps);
        if (!mix_points(history_, remembered())) return;
        const double here = descent_.gain() - penalty();
        descent_.save_moves(kept_);
        exchange(true);
        if (!(descent_.gain() - penalty() >= here)) {
            descent_.restore_moves(kept_);
            exchange(false);
        }
    }

    // Swaps the active coefficients and the intercepts with the first point of the history.
    void exchange(bool move) {
        double* point = history_;
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const ListView list = active(k);
            double* coef = coef_ + k * problem_.count;
            for (std::size_t a = 0; a < list.size; ++a) {
                const std::size_t j = static_cast<std::size_t>(list.index[a]);
                point[a] = clip(point[a], problem_.lower[j], problem_.upper[j]);
            }
            if (!problem_.fit_intercept) point[list.size] = 0.0;
            const double constant = point[list.size] - constant_[k];
            if (move) descent_.move_class(k, list, point, coef, constant);
            for (std::size_t a = 0; a < list.size; ++a) {
                const std::size_t j = static_cast<std::size_t>(list.index[a]);
                const double next = point[a];
                point[a] = coef[j];
                coef[j] = next;
            }
            point[list.size] = constant_[k];
            constant_[k] += constant;
            point += list.size + 1;
        }
    }

    // Halves the step to the trial point until the objective does not increase.
    void accept() {
        const double objective = objective_ + kRounding * magnitude(objective_);
        int halving = 0;
        for (; halving < kHalvings; ++halving) {
            evaluate(trial_);
            if (objective_ <= objective) break;
            for (std::size_t k = 0; k < problem_.classes; ++k) {
                constant_[k] = 0.5 * (constant_[k] + constant_before_[k]);
            }
            for (std::size_t a = 0; a < problem_.pairs(); ++a) {
                coef_[a] = 0.5 * (coef_[a] + before_[a]);
            }
            for (std::size_t i = 0; i < problem_.size(); ++i) {
                trial_[i] = 0.5 * (trial_[i] + eta_[i]);
            }
        }
        // If the step had to be halved, its model was too low: the next one is a majorant.
        careful_ = halving > 0;
        swap_trial();
    }

    void swap_trial() {
        double* other = eta_;
        eta_ = trial_;
        trial_ = other;
    }

    void evaluate(const double* eta) {
        const SoftmaxSums found = softmax_rows(problem_, eta, descent_.probabilities(), scratch_);
        loss_ = found.value;
        pearson_ = found.pearson;
        objective_ = loss_ + penalty();
    }

    double penalty() const {
        check_interrupt(problem_.pairs());
        double sum = 0.0;
        for (std::size_t a = 0; a < problem_.pairs(); ++a) {
            if (coef_[a] != 0.0) {
                sum += Bound(problem_, strength_, a % problem_.count).value(coef_[a]);
            }
        }
        return sum;
    }

    ClassPoint point(std::size_t k, ListView list) const {
        const std::size_t first = k * problem_.count;
        return {list, coef_ + first, descent_.negative_gradients() + first};
    }

    ListView candidates(std::size_t k) const {
        return {candidate_ + k * problem_.count, static_cast<std::size_t>(candidates_[k])};
    }
    ListView active(std::size_t k) const {
        return {active_ + k * problem_.count, static_cast<std::size_t>(actives_[k])};
    }

    // All columns, listed in the memory of the active ones, which are found again before use.
    ListView everything(std::size_t k) {
        std::int64_t* all = active_ + k * problem_.count;
        for (std::size_t j = 0; j < problem_.count; ++j) all[j] = static_cast<std::int64_t>(j);
        return {all, problem_.count};
    }

    // Columns with a non-zero coefficient, or a gradient of at least `l1` times the
    // factor.
    void choose_candidates(double l1) {
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            std::int64_t count = 0;
            const std::size_t first = k * problem_.count;
            for (std::size_t j = 0; j < problem_.count; ++j) {
                const double size = magnitude(descent_.negative_gradients()[first + j]);
                if (coef_[first + j] != 0.0 || size >= l1 * problem_.factor[j]) {
                    candidate_[first + static_cast<std::size_t>(count++)] =
                        static_cast<std::int64_t>(j);
                }
            }
            candidates_[k] = count;
        }
    }

    void find_active() {
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const ListView list = candidates(k);
            const std::size_t first = k * problem_.count;
            std::int64_t count = 0;
            for (std::size_t a = 0; a < list.size; ++a) {
                const std::size_t j = static_cast<std::size_t>(list.index[a]);
                const Bound bound(problem_, strength_, j);
                if (coef_[first + j] != 0.0 ||
                    bound.excess(descent_.negative_gradients()[first + j]) > 0.0) {
                    active_[first + static_cast<std::size_t>(count++)] = list.index[a];
                }
            }
            actives_[k] = count;
        }
    }

    // Computes the linear predictors from the coefficients, without accumulated rounding errors.
    void predict(double* eta) const {
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            double* predictor = eta + k * problem_.rows;
            const double* offset = problem_.offset + k * problem_.rows;
            for (std::size_t i = 0; i < problem_.rows; ++i) predictor[i] = offset[i];
            double constant = constant_[k];
            for (std::size_t j = 0; j < problem_.count; ++j) {
                const double coef = coef_[k * problem_.count + j];
                if (coef != 0.0) constant += descent_.add_column(j, coef, predictor);
            }
            for (std::size_t i = 0; i < problem_.rows; ++i) predictor[i] += constant;
        }
    }

    const ClassProblem& problem_;
    const Precision& precision_;
    ClassDescent<Model> descent_;
    Strength strength_{};
    double loss_ = 0.0;
    double pearson_ = 0.0;
    double objective_ = 0.0;
    double worst_ = 0.0;
    bool careful_ = false;
    double* coef_ = nullptr;
    double* constant_ = nullptr;
    double* scratch_;
    double* eta_;
    double* trial_;
    double* kept_;
    double* before_;
    double* constant_before_;
    double* history_;
    std::int64_t* candidate_;
    std::int64_t* active_;
    std::int64_t* candidates_;
    std::int64_t* actives_;
    std::int64_t sweeps_ = 0;
};

}  // namespace

std::int64_t dense_class_path(const DenseColumns& columns, const ClassProblem& problem,
                              const Grid& grid, const Precision& precision,
                              const ClassMemory& memory, const ClassSolutions& solutions) {
    return Path<DenseModel>(columns, problem, precision, memory).run(grid, solutions);
}

template <class T, class I>
std::int64_t sparse_class_path(const SparseColumns<T, I>& columns, const ClassProblem& problem,
                               const Grid& grid, const Precision& precision,
                               const ClassMemory& memory, const ClassSolutions& solutions) {
    return Path<SparseModel<T, I>>(columns, problem, precision, memory).run(grid, solutions);
}

#define BRIDLE_SPARSE_CLASS_PATH(T, I)                                                             \
    template std::int64_t sparse_class_path<T, I>(const SparseColumns<T, I>&, const ClassProblem&, \
                                                  const Grid&, const Precision&,                   \
                                                  const ClassMemory&, const ClassSolutions&);
BRIDLE_SPARSE_CLASS_PATH(double, std::int32_t)
BRIDLE_SPARSE_CLASS_PATH(double, std::int64_t)
BRIDLE_SPARSE_CLASS_PATH(float, std::int32_t)
BRIDLE_SPARSE_CLASS_PATH(float, std::int64_t)
#undef BRIDLE_SPARSE_CLASS_PATH

}  // namespace bridle::BRIDLE_LEVEL
