// Compiled once for each instruction set; see level.hpp.
#include "bridle/path/column_path.hpp"

#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "loss/catalogue.hpp"
#include "path/dense_model.hpp"
#include "path/path_descent.hpp"
#include "path/sparse_model.hpp"
#include "path/working_gap.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// Newton's method for the intercept that a path starts from takes some ten steps from 0. A step
// below the precision is the last: the descent corrects what is left, so neither number affects the
// accuracy of a fit.
constexpr int kInterceptRounds = 20;
constexpr double kInterceptPrecision = 1e-6;

template <class Model>
class Path : private PathDescent {
  public:
    Path(const typename Model::Columns& columns, const ColumnProblem& problem,
         const Precision& precision, const ColumnMemory& memory)
        : PathDescent(precision, kLosses[problem.loss].quadratic, memory.rows,
                      memory.rows + problem.rows),
          problem_(problem),
          kernel_(kLosses[problem.loss]),
          descent_(columns, problem, kernel_.quadratic, memory.rows + 4 * problem.rows, memory),
          residual_(memory.rows + 2 * problem.rows),
          curvature_(memory.rows + 3 * problem.rows),
          before_(memory.columns + 5 * problem.count),
          history_(memory.columns + 6 * problem.count),
          candidate_(memory.index + problem.count),
          active_(memory.index + 2 * problem.count) {}

    std::int64_t run(const Grid& grid, const ColumnSolutions& solutions) {
        return follow(*this, grid, solutions);
    }

  private:
    friend class PathDescent;

    void start(std::size_t s, const Grid& grid, const ColumnSolutions& solutions) {
        coef_ = solutions.coef + s * problem_.count;
        if (s < grid.known) {
            start_from(solutions.intercept[s]);
        } else if (s == 0) {
            start_anew();
        } else {
            continue_path(s, grid, solutions);
        }
    }

    void measure_all() {
        descent_.begin(loss_, residual_, curvature_);
        descent_.measure_gradients(everything());
    }

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
            intercept_before_ = intercept_;
            intercept_ += shift;
            for (std::size_t i = 0; i < problem_.rows; ++i) trial_[i] = eta_[i] + shift;
            accept(*this);
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
            coef_[k] = inside(problem_, k, coef, line);
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

    double model_gap() {
        descent_.begin(loss_, residual_, curvature_);
        descent_.measure_gradients(candidates());
        return gap_over(candidates());
    }

    // The gap over all columns; the negative gradients of the candidates must be up to date.
    double whole_gap() {
        descent_.measure_gradients(all_but_candidates());
        return gap_over(everything());
    }

    double gap_over(ListView list) {
        worst_ = worst_violation(problem_, strength_, gap_point(), list);
        return working_gap(problem_, strength_, gap_point(), list);
    }

    // Descends on the model until its gap is small relative to `gap`, then backtracks.
    void improve(double gap, double share) {
        find_active();
        for (std::size_t k = 0; k < problem_.count; ++k) before_[k] = coef_[k];
        intercept_before_ = intercept_;
        intercept_ += descent_.shift();
        descend(*this, gap, share);
        for (std::size_t i = 0; i < problem_.rows; ++i) trial_[i] = eta_[i];
        descent_.add_change(residual_, trial_);
        accept(*this);
    }

    SweepGains sweep() { return descent_.sweep(strength_, active(), coef_, &intercept_); }

    void remember(int step) {
        double* point = history_ + static_cast<std::size_t>(step) * actives_;
        for (std::size_t a = 0; a < actives_; ++a) point[a] = coef_[active_[a]];
    }

    // Takes the extrapolation of the last sweeps, if it is better.
    void leap() {
        remember(kSteps);
        if (!mix_points(history_, actives_)) return;
        const double gain = descent_.exchange(strength_, active(), history_, coef_, &intercept_);
        if (!(gain >= 0.0)) descent_.exchange(strength_, active(), history_, coef_, &intercept_);
    }

    void halve_step() {
        halve_way(&intercept_, &intercept_before_, 1);
        halve_way(coef_, before_, problem_.count);
        halve_way(trial_, eta_, problem_.rows);
    }

    // Evaluates the trial point again if the kind of model changes.
    void set_careful(bool careful) {
        if (careful_ == careful) return;
        careful_ = careful;
        evaluate(trial_);
    }

    void evaluate(const double* eta) {
        check_interrupt(8 * problem_.rows);
        const WeightedRows rows{problem_.rows, problem_.parameter, problem_.weight, problem_.y};
        const Curvature kind = careful_ ? Curvature::majorant : Curvature::model;
        loss_ = kernel_.rows(rows, eta, kind, residual_, curvature_);
        objective_ = loss_.value + penalty();
    }

    double penalty() const { return penalty_of(problem_, problem_.count); }

    GapPoint gap_point() const {
        return {kernel_,
                problem_.parameter,
                loss_,
                descent_.shift(),
                coef_,
                descent_.negative_gradients(),
                descent_.hessians()};
    }

    ListView candidates() const { return {candidate_, candidates_}; }
    ListView active() const { return {active_, actives_}; }

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

    void choose_candidates(double l1) {
        candidates_ =
            list_candidates(problem_, l1, coef_, descent_.negative_gradients(), candidate_);
    }

    void find_active() {
        actives_ = list_active(problem_, strength_, coef_, descent_.negative_gradients(),
                               candidates(), active_);
        for (std::size_t a = 0; a < actives_; ++a) {
            descent_.prepare(static_cast<std::size_t>(active_[a]));
        }
    }

    void predict(double* eta) const {
        predict_rows(descent_, problem_, problem_.offset, coef_, intercept_, eta);
    }

    const ColumnProblem& problem_;
    const LossKernel& kernel_;
    ColumnDescent<Model> descent_;
    LossSums loss_{};
    double intercept_ = 0.0;
    double intercept_before_ = 0.0;
    double* residual_;
    double* curvature_;
    double* before_;
    double* history_;
    std::int64_t* candidate_;
    std::int64_t* active_;
    std::size_t candidates_ = 0;
    std::size_t actives_ = 0;
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
