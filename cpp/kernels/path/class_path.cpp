// Compiled once for each instruction set; see level.hpp.
#include "bridle/path/class_path.hpp"

#include "level.hpp"
#include "loss/softmax.hpp"
#include "path/class_descent.hpp"
#include "path/class_gap.hpp"
#include "path/common_shift.hpp"
#include "path/dense_model.hpp"
#include "path/path_descent.hpp"
#include "path/sparse_model.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

static_assert(ClassMemory::kHistory == kSteps + 1);

template <class Model>
class Path : private PathDescent {
  public:
    Path(const typename Model::Columns& columns, const ClassProblem& problem,
         const Precision& precision, const ClassMemory& memory)
        : PathDescent(precision, false, memory.class_rows + 4 * problem.size(),
                      memory.class_rows + 5 * problem.size()),
          problem_(problem),
          descent_(columns, problem, memory),
          scratch_(memory.rows + 5 * problem.rows),
          kept_(memory.class_rows + 6 * problem.size()),
          before_(memory.pairs + 4 * problem.pairs()),
          constant_before_(memory.classes + 2 * problem.classes),
          history_(memory.history),
          candidate_(memory.index + problem.pairs()),
          active_(memory.index + 2 * problem.pairs()),
          candidates_(memory.sizes),
          actives_(memory.sizes + problem.classes) {}

    std::int64_t run(const Grid& grid, const ClassSolutions& solutions) {
        return follow(*this, grid, solutions);
    }

  private:
    friend class PathDescent;

    void start(std::size_t s, const Grid& grid, const ClassSolutions& solutions) {
        coef_ = solutions.coef + s * problem_.pairs();
        constant_ = solutions.intercept + s * problem_.classes;
        careful_ = false;
        if (s < grid.known) {
            start_from();
        } else if (s == 0) {
            start_anew();
        } else {
            continue_path(s, grid);
        }
    }

    void keep(std::size_t s, const ClassSolutions& solutions) const {
        predict(solutions.eta + s * problem_.size());
    }

    void measure_all() {
        descent_.begin(careful_);
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            descent_.measure_gradients(k, everything(k));
        }
    }

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

    void start_anew() {
        for (std::size_t a = 0; a < problem_.pairs(); ++a) coef_[a] = 0.0;
        for (std::size_t k = 0; k < problem_.classes; ++k) constant_[k] = 0.0;
        start_from();
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
            const double line = last[a] + share * (last[a] - last[a - problem_.pairs()]);
            coef_[a] = inside(problem_, a % problem_.count, last[a], line);
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

    double model_gap() {
        descent_.begin(careful_);
        return working_gap(false);
    }
    double whole_gap() { return working_gap(true); }

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
        descend(*this, gap, share);
        const double* moved = descent_.moved();
#pragma omp simd
        for (std::size_t i = 0; i < problem_.size(); ++i) trial_[i] = eta_[i] + moved[i];
        accept(*this);
        // It changes neither the loss nor differences of linear predictors.
        for (std::size_t j = 0; j < problem_.count; ++j) {
            centre({coef_ + j, problem_.classes, problem_.count}, Bound(problem_, strength_, j));
        }
        objective_ = loss_ + penalty();
    }

    SweepGains sweep() {
        SweepGains gains;
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            descent_.sweep(k, strength_, active(k), coef_ + k * problem_.count, constant_ + k,
                           gains);
        }
        return gains;
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

    void halve_step() {
        halve_way(constant_, constant_before_, problem_.classes);
        halve_way(coef_, before_, problem_.pairs());
        halve_way(trial_, eta_, problem_.size());
    }

    void set_careful(bool careful) { careful_ = careful; }

    void evaluate(const double* eta) {
        const SoftmaxSums found = softmax_rows(problem_, eta, descent_.probabilities(), scratch_);
        loss_ = found.value;
        pearson_ = found.pearson;
        objective_ = loss_ + penalty();
    }

    double penalty() const { return penalty_of(problem_, problem_.pairs()); }

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

    void choose_candidates(double l1) {
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const std::size_t first = k * problem_.count;
            candidates_[k] = static_cast<std::int64_t>(
                list_candidates(problem_, l1, coef_ + first, descent_.negative_gradients() + first,
                                candidate_ + first));
        }
    }

    void find_active() {
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const std::size_t first = k * problem_.count;
            actives_[k] = static_cast<std::int64_t>(
                list_active(problem_, strength_, coef_ + first,
                            descent_.negative_gradients() + first, candidates(k), active_ + first));
        }
    }

    void predict(double* eta) const {
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            predict_rows(descent_, problem_, problem_.offset + k * problem_.rows,
                         coef_ + k * problem_.count, constant_[k], eta + k * problem_.rows);
        }
    }

    const ClassProblem& problem_;
    ClassDescent<Model> descent_;
    double loss_ = 0.0;
    double pearson_ = 0.0;
    double* constant_ = nullptr;
    double* scratch_;
    double* kept_;
    double* before_;
    double* constant_before_;
    double* history_;
    std::int64_t* candidate_;
    std::int64_t* active_;
    std::int64_t* candidates_;
    std::int64_t* actives_;
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
