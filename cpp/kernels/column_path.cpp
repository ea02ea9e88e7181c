// Compiled once for each instruction set; see level.hpp.
#include "bridle/column_path.hpp"

#include "bound.hpp"
#include "bridle/interrupt.hpp"
#include "column_descent.hpp"
#include "dense_model.hpp"
#include "extrapolation.hpp"
#include "level.hpp"
#include "loss/catalogue.hpp"
#include "path_limits.hpp"
#include "sparse_model.hpp"
#include "working_gap.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

constexpr int kInterceptRounds = 20;
constexpr double kInterceptPrecision = 1e-6;

template <class Model>
class Path {
  public:
    Path(const typename Model::Columns& columns, const ColumnProblem& problem,
         const Precision& precision, const ColumnMemory& memory)
        : problem_(problem),
          precision_(precision),
          kernel_(kLosses[problem.loss]),
          descent_(columns, problem, kernel_.quadratic, memory.rows + 4 * problem.rows, memory),
          eta_(memory.rows),
          trial_(memory.rows + problem.rows),
          residual_(memory.rows + 2 * problem.rows),
          curvature_(memory.rows + 3 * problem.rows),
          before_(memory.columns + 5 * problem.count),
          history_(memory.columns + 6 * problem.count),
          candidate_(memory.index + problem.count),
          active_(memory.index + 2 * problem.count) {}

    std::int64_t run(const Grid& grid, const ColumnSolutions& solutions) {
        std::int64_t total = 0;
        for (std::size_t s = grid.solved; s < grid.count; ++s) {
            strength_ = {grid.l1[s], grid.l2[s]};
            coef_ = solutions.coef + s * problem_.count;
            if (s < grid.known) {
                start_from(solutions.intercept[s]);
            } else if (s == 0) {
                start_anew();
            } else {
                continue_path(s, grid, solutions);
            }
            if (s == grid.solved) {
                descent_.begin(loss_, residual_, curvature_);
                descent_.measure_gradients(everything());
            }
            choose_candidates(s > grid.solved ? 2.0 * grid.l1[s] - grid.l1[s - 1] : grid.l1[s]);
            sweeps_ = 0;
            solutions.gap[s] = solve();
            total += sweeps_;
            keep(s, solutions);
        }
        return total;
    }

  private:
    void start_from(double intercept) {
        for (std::size_t k = 0; k < problem_.count; ++k) {
            coef_[k] = clip(coef_[k], problem_.lower[k], problem_.upper[k]);
        }
        intercept_ = problem_.fit_intercept ? intercept : 0.0;
        predict(eta_);
        evaluate(eta_);
    }

    // Starts with all coefficients 0 and the best intercept.
    void start_anew() {
        for (std::size_t k = 0; k < problem_.count; ++k) coef_[k] = before_[k] = 0.0;
        start_from(0.0);
        for (int round = 0; problem_.fit_intercept && round < kInterceptRounds; ++round) {
            const double shift = loss_.residual / loss_.curvature;
            if (!(magnitude(shift) > kInterceptPrecision)) return;
            const double intercept = intercept_;
            intercept_ += shift;
            for (std::size_t i = 0; i < problem_.rows; ++i) trial_[i] = eta_[i] + shift;
            accept(intercept);
        }
    }

    // Starts at the linear extrapolation of the last two solutions, or at the last if that is
    // better.
    void continue_path(std::size_t s, const Grid& grid, const ColumnSolutions& solutions) {
        const double* last = solutions.coef + (s - 1) * problem_.count;
        for (std::size_t k = 0; k < problem_.count; ++k) coef_[k] = last[k];
        if (s == grid.solved) {
            intercept_ = solutions.intercept[s - 1];
            predict(eta_);
            evaluate(eta_);
        }
        objective_ = loss_.value + penalty();
        if (s < 2 || !(grid.l1[s - 2] > grid.l1[s - 1])) return;
        const double share = (grid.l1[s - 1] - grid.l1[s]) / (grid.l1[s - 2] - grid.l1[s - 1]);
        const double intercept = intercept_;
        intercept_ += share * (intercept - solutions.intercept[s - 2]);
        // The caller may omit the linear predictor of a solution.
        const bool given = s - 2 >= grid.solved;
        const double* eta = given ? solutions.eta + (s - 2) * problem_.rows : nullptr;
        extrapolate(last - problem_.count, eta, share);
        const double objective = objective_;
        evaluate(trial_);
        if (objective_ <= objective) {
            swap_trial();
            return;
        }
        for (std::size_t k = 0; k < problem_.count; ++k) coef_[k] = last[k];
        intercept_ = intercept;
        evaluate(eta_);
    }

    // Extrapolates from the last two solutions by `share` of the distance between them, each
    // coefficient at most to 0, and writes the linear predictor.
    void extrapolate(const double* coef_before, const double* eta_before, double share) {
        double constant = 0.0;
        for (std::size_t i = 0; eta_before != nullptr && i < problem_.rows; ++i) {
            trial_[i] = eta_[i] + share * (eta_[i] - eta_before[i]);
        }
        for (std::size_t k = 0; k < problem_.count; ++k) {
            const double coef = coef_[k];
            const double line = coef + share * (coef - coef_before[k]);
            const double inside = clip(line, problem_.lower[k], problem_.upper[k]);
            coef_[k] = coef != 0.0 && (inside > 0.0) == (coef > 0.0) ? inside : 0.0;
            if (eta_before == nullptr || coef_[k] == line) continue;
            constant += descent_.add_column(k, coef_[k] - line, trial_);
        }
        if (eta_before == nullptr) predict(trial_);
        for (std::size_t i = 0; constant != 0.0 && i < problem_.rows; ++i) trial_[i] += constant;
    }

    void keep(std::size_t s, const ColumnSolutions& solutions) {
        predict(eta_);
        double* eta = solutions.eta + s * problem_.rows;
        for (std::size_t i = 0; i < problem_.rows; ++i) eta[i] = eta_[i];
        solutions.intercept[s] = intercept_;
    }

    // Returns the gap that was reached.
    double solve() {
        double best = kInfinity;
        double share = 1.0;
        for (int rounds = 0;; ++rounds) {
            descent_.begin(loss_, residual_, curvature_);
            const ListView candidates{candidate_, candidates_};
            descent_.measure_gradients(candidates);
            double gap = working_gap(problem_, strength_, gap_point(), candidates);
            const bool enough = rounds > kRoundsWithoutGain || sweeps_ >= precision_.sweeps;
            if (is_done(gap, candidates) || enough) {
                gap = whole_gap();
                if (is_done(gap, everything()) || enough) return gap;
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
    bool is_done(double gap, ListView list) const {
        return !careful_ && gap <= precision_.gap &&
               worst_violation(problem_, strength_, gap_point(), list) <= precision_.violation;
    }

    // The gap over all columns; the negative gradients of the candidates must be up to date.
    double whole_gap() {
        descent_.measure_gradients(all_but_candidates());
        return working_gap(problem_, strength_, gap_point(), everything());
    }

    // Descends on the model until its gap is small relative to `gap`, then backtracks.
    void improve(double gap, double share) {
        find_active();
        for (std::size_t k = 0; k < problem_.count; ++k) before_[k] = coef_[k];
        const double intercept = intercept_;
        intercept_ += descent_.shift();
        descend(share * target(gap));
        for (std::size_t i = 0; i < problem_.rows; ++i) trial_[i] = eta_[i];
        descent_.add_change(residual_, trial_);
        accept(intercept);
    }

    // The gap at which to stop the descent on the model.
    double target(double gap) const {
        // The gap is small enough, so the KKT violations are too large; the gap is proportional to
        // their squares.
        if (gap <= precision_.gap) return kViolationShare * gap;
        const double wanted = kernel_.quadratic ? 0.0 : kModelShare * gap;
        const double enough = kToleranceShare * precision_.gap;
        return wanted > enough ? wanted : enough;
    }

    void descend(double target) {
        const ListView active{active_, actives_};
        for (int step = 0; step < kSweeps && sweeps_ < precision_.sweeps; ++step) {
            remember(step % kSteps);
            const SweepGains gains = descent_.sweep(strength_, active, coef_, &intercept_);
            ++sweeps_;
            if (gains.gap() <= target) return;
            if (step % kSteps == kSteps - 1) leap();
        }
    }

    void remember(int step) {
        double* point = history_ + static_cast<std::size_t>(step) * actives_;
        for (std::size_t a = 0; a < actives_; ++a) point[a] = coef_[active_[a]];
    }

    // Takes the extrapolation of the last sweeps, if it is better.
    void leap() {
        const ListView active{active_, actives_};
        remember(kSteps);
        if (!mix_points(history_, actives_)) return;
        const double gain = descent_.exchange(strength_, active, history_, coef_, &intercept_);
        if (!(gain >= 0.0)) descent_.exchange(strength_, active, history_, coef_, &intercept_);
    }

    // Halves the step to the trial point until the objective does not increase.
    void accept(double intercept) {
        const double objective = objective_ + kRounding * magnitude(objective_);
        int halving = 0;
        for (; halving < kHalvings; ++halving) {
            evaluate(trial_);
            if (kernel_.quadratic || objective_ <= objective) break;
            intercept_ = 0.5 * (intercept_ + intercept);
            for (std::size_t k = 0; k < problem_.count; ++k) {
                coef_[k] = 0.5 * (coef_[k] + before_[k]);
            }
            for (std::size_t i = 0; i < problem_.rows; ++i) {
                trial_[i] = 0.5 * (trial_[i] + eta_[i]);
            }
        }
        // If the step had to be halved, its model was too low: the next one is a majorant.
        if (careful_ != (halving > 0)) {
            careful_ = halving > 0;
            evaluate(trial_);
        }
        swap_trial();
    }

    void swap_trial() {
        double* other = eta_;
        eta_ = trial_;
        trial_ = other;
    }

    void evaluate(const double* eta) {
        check_interrupt(8 * problem_.rows);
        const WeightedRows rows{problem_.rows, problem_.parameter, problem_.weight, problem_.y};
        const Curvature kind = careful_ ? Curvature::majorant : Curvature::model;
        loss_ = kernel_.rows(rows, eta, kind, residual_, curvature_);
        objective_ = loss_.value + penalty();
    }

    double penalty() const {
        check_interrupt(problem_.count);
        double sum = 0.0;
        for (std::size_t k = 0; k < problem_.count; ++k) {
            if (coef_[k] != 0.0) sum += Bound(problem_, strength_, k).value(coef_[k]);
        }
        return sum;
    }

    GapPoint gap_point() const {
        return {kernel_,
                loss_,
                descent_.shift(),
                coef_,
                descent_.negative_gradients(),
                descent_.hessians()};
    }

    // All columns, listed in the memory of the active ones, which are found again before use.
    ListView everything() {
        for (std::size_t k = 0; k < problem_.count; ++k) active_[k] = static_cast<std::int64_t>(k);
        return {active_, problem_.count};
    }

    ListView all_but_candidates() {
        std::size_t rest = 0;
        for (std::size_t k = 0, a = 0; k < problem_.count; ++k) {
            if (a < candidates_ && candidate_[a] == static_cast<std::int64_t>(k)) {
                ++a;
            } else {
                active_[rest++] = static_cast<std::int64_t>(k);
            }
        }
        return {active_, rest};
    }

    // Columns with a non-zero coefficient, or a gradient of at least `l1` times the
    // factor.
    void choose_candidates(double l1) {
        candidates_ = 0;
        for (std::size_t k = 0; k < problem_.count; ++k) {
            const double size = magnitude(descent_.negative_gradients()[k]);
            if (coef_[k] != 0.0 || size >= l1 * problem_.factor[k]) {
                candidate_[candidates_++] = static_cast<std::int64_t>(k);
            }
        }
    }

    void find_active() {
        actives_ = 0;
        for (std::size_t a = 0; a < candidates_; ++a) {
            const std::size_t k = static_cast<std::size_t>(candidate_[a]);
            const Bound bound(problem_, strength_, k);
            if (coef_[k] != 0.0 || bound.excess(descent_.negative_gradients()[k]) > 0.0) {
                active_[actives_++] = candidate_[a];
                descent_.prepare(k);
            }
        }
    }

    // Computes the linear predictor from the coefficients, without accumulated rounding errors.
    void predict(double* eta) const {
        for (std::size_t i = 0; i < problem_.rows; ++i) eta[i] = problem_.offset[i];
        double constant = intercept_;
        for (std::size_t k = 0; k < problem_.count; ++k) {
            if (coef_[k] == 0.0) continue;
            constant += descent_.add_column(k, coef_[k], eta);
        }
        for (std::size_t i = 0; i < problem_.rows; ++i) eta[i] += constant;
    }

    const ColumnProblem& problem_;
    const Precision& precision_;
    const LossKernel& kernel_;
    ColumnDescent<Model> descent_;
    Strength strength_{};
    LossSums loss_{};
    double objective_ = 0.0;
    bool careful_ = false;
    double intercept_ = 0.0;
    double* coef_ = nullptr;
    double* eta_;
    double* trial_;
    double* residual_;
    double* curvature_;
    double* before_;
    double* history_;
    std::int64_t* candidate_;
    std::int64_t* active_;
    std::size_t candidates_ = 0;
    std::size_t actives_ = 0;
    std::int64_t sweeps_ = 0;
};

}  // namespace

std::int64_t dense_column_path(const DenseColumns& columns, const ColumnProblem& problem,
                               const Grid& grid, const Precision& precision,
                               const ColumnMemory& memory, const ColumnSolutions& solutions) {
    return Path<DenseModel>(columns, problem, precision, memory).run(grid, solutions);
}

template <class T, class I>
std::int64_t sparse_column_path(const SparseColumns<T, I>& columns, const ColumnProblem& problem,
                                const Grid& grid, const Precision& precision,
                                const ColumnMemory& memory, const ColumnSolutions& solutions) {
    return Path<SparseModel<T, I>>(columns, problem, precision, memory).run(grid, solutions);
}

#define BRIDLE_SPARSE_COLUMN_PATH(T, I)                                                  \
    template std::int64_t sparse_column_path<T, I>(                                      \
        const SparseColumns<T, I>&, const ColumnProblem&, const Grid&, const Precision&, \
        const ColumnMemory&, const ColumnSolutions&);
BRIDLE_SPARSE_COLUMN_PATH(double, std::int32_t)
BRIDLE_SPARSE_COLUMN_PATH(double, std::int64_t)
BRIDLE_SPARSE_COLUMN_PATH(float, std::int32_t)
BRIDLE_SPARSE_COLUMN_PATH(float, std::int64_t)
#undef BRIDLE_SPARSE_COLUMN_PATH

}  // namespace bridle::BRIDLE_LEVEL
