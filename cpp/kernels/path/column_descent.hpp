// Coordinate descent on a quadratic model of the loss, over the columns of a working set.
#pragma once

#include "bridle/interrupt.hpp"
#include "bridle/path/column_path.hpp"
#include "level.hpp"
#include "loss/rows.hpp"
#include "path/column_moments.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

struct ListView {
    const std::int64_t* index;
    std::size_t size;
};

// Sums over a sweep: KKT violations of its steps, and their estimate of the duality gap.
struct SweepGains {
    double linear = 0.0;     // sum of violation |b|
    double worst = 0.0;      // largest violation / l1
    double norm = 0.0;       // sum of l1 |b|
    double free = 0.0;       // sum of violation |step| without a penalty
    double quadratic = 0.0;  // sum of violation^2 / (2 l2), infinite without an l2 penalty

    double gap() const {
        const double scaled = linear + worst * norm;
        return (scaled < quadratic ? scaled : quadratic) + free;
    }

    // Adds the violation that a step removed.
    void count(const Bound& bound, double violation, double change, double next) {
        if (bound.l1 == 0.0 && bound.l2 == 0.0) {
            free += violation * magnitude(change);
            return;
        }
        linear += violation * magnitude(next);
        if (violation > worst * bound.l1) worst = bound.l1 > 0.0 ? violation / bound.l1 : kInfinity;
        quadratic += bound.l2 > 0.0 ? 0.5 * violation * violation / bound.l2 : kInfinity;
    }
};

// `Model` is a DenseModel or a SparseModel.
template <class Model>
class ColumnDescent {
  public:
    ColumnDescent(const typename Model::Columns& columns, const ColumnProblem& problem,
                  bool quadratic, double* rows, const ColumnMemory& memory)
        : problem_(problem),
          quadratic_(quadratic),
          model_(columns, problem.rows, rows),
          negative_gradient_(memory.columns),
          mean_(memory.columns + problem.count),
          mass_(memory.columns + 2 * problem.count),
          hessian_(memory.columns + 3 * problem.count),
          inverse_(memory.columns + 4 * problem.count),
          prepared_(memory.index) {
        for (std::size_t k = 0; k < problem.count; ++k) {
            inverse_[k] = 1.0 / problem.scale[k];
            mean_[k] = problem.center[k];
            mass_[k] = 0.0;
            hessian_[k] = -1.0;
            prepared_[k] = -1;
        }
    }

    // Models the loss about a point; with an intercept, after its best step there.
    void begin(const LossSums& loss, const double* residual, const double* curvature) {
        shift_ =
            problem_.fit_intercept && loss.curvature > 0.0 ? loss.residual / loss.curvature : 0.0;
        model_.begin(residual, curvature, loss.curvature, shift_);
        if (!quadratic_) ++model_number_;
    }

    // Step of the intercept.
    double shift() const { return shift_; }
    const double* negative_gradients() const { return negative_gradient_; }
    // sum_i h_i X_ik^2 of a column about its mean; negative if not computed yet.
    const double* hessians() const { return hessian_; }

    void measure_gradients(ListView list) {
        for (std::size_t a = 0; a < list.size; ++a) {
            const std::size_t k = static_cast<std::size_t>(list.index[a]);
            check_interrupt(model_.work(k));
            negative_gradient_[k] =
                hessian_[k] == 0.0 ? 0.0 : model_.negative_gradient(k, moments(k)) * inverse_[k];
        }
    }

    // Computes mean and curvature of a column, which a step along it needs.
    void prepare(std::size_t k) {
        if (prepared_[k] == model_number_) return;
        prepared_[k] = model_number_;
        check_interrupt(2 * model_.work(k));
        const ColumnMoments found = problem_.fit_intercept
                                        ? model_.moments_about_mean(k, mean_[k])
                                        : model_.moments_about(k, problem_.center[k]);
        mean_[k] = found.mean;
        mass_[k] = found.mass;
        hessian_[k] = found.hessian * inverse_[k] * inverse_[k];
    }

    // One sweep: exact minimisation over each of the listed coefficients, which must be prepared.
    SweepGains sweep(Strength strength, ListView list, double* coef, double* intercept) {
        SweepGains gains;
        for (std::size_t a = 0; a < list.size; ++a) {
            const std::size_t k = static_cast<std::size_t>(list.index[a]);
            check_interrupt(2 * model_.work(k));
            step(Bound(problem_, strength, k), k, coef + k, intercept, gains);
        }
        return gains;
    }

    // Swaps the listed coefficients with `point`; returns the decrease of the model's objective.
    double exchange(Strength strength, ListView list, double* point, double* coef,
                    double* intercept) {
        double gain = 0.0;
        for (std::size_t a = 0; a < list.size; ++a) {
            const std::size_t k = static_cast<std::size_t>(list.index[a]);
            check_interrupt(2 * model_.work(k));
            const Bound bound(problem_, strength, k);
            const double before = coef[k];
            const double next = clip(point[a], bound.lower, bound.upper);
            const double change = next - before;
            point[a] = before;
            if (change == 0.0 || !(hessian_[k] > 0.0)) continue;
            const double negative_gradient = model_.negative_gradient(k, moments(k)) * inverse_[k];
            gain += change * (negative_gradient - 0.5 * hessian_[k] * change);
            gain += bound.value(before) - bound.value(next);
            move(k, change, intercept);
            coef[k] = next;
        }
        return gain;
    }

    // Adds to eta the change by the intercept's step and the sweeps since `begin`, which must be
    // given the same residuals.
    void add_change(const double* residual, double* eta) const { model_.add_change(residual, eta); }

    // Adds to eta the change by a coefficient, except for a constant in all rows, which it returns.
    double add_column(std::size_t k, double change, double* eta) const {
        check_interrupt(model_.work(k));
        return model_.add_column(k, change * inverse_[k], problem_.center[k], eta);
    }

  private:
    void step(const Bound& bound, std::size_t k, double* coef, double* intercept,
              SweepGains& gains) {
        const double hessian = hessian_[k];
        double next = 0.0;
        // The coefficient of a constant column is 0.
        if (hessian > 0.0) {
            const double negative_gradient = model_.negative_gradient(k, moments(k)) * inverse_[k];
            next = bound.best(negative_gradient + hessian * *coef, hessian);
        }
        const double change = next - *coef;
        gains.norm += bound.l1 * magnitude(next);
        if (change == 0.0) return;
        *coef = next;
        move(k, change, intercept);
        if (!(hessian > 0.0)) return;
        gains.count(bound, (hessian + bound.l2) * magnitude(change), change, next);
    }

    void move(std::size_t k, double change, double* intercept) {
        const double raw = change * inverse_[k];
        if (problem_.fit_intercept) *intercept += raw * (problem_.center[k] - mean_[k]);
        if (hessian_[k] > 0.0) model_.move(k, moments(k), raw);
    }

    ColumnMoments moments(std::size_t k) const { return {mean_[k], mass_[k], hessian_[k]}; }

    const ColumnProblem& problem_;
    const bool quadratic_;
    Model model_;
    double shift_ = 0.0;
    std::int64_t model_number_ = 0;
    double* negative_gradient_;
    double* mean_;
    double* mass_;
    double* hessian_;
    double* inverse_;
    std::int64_t* prepared_;
};

}  // namespace bridle::BRIDLE_LEVEL
