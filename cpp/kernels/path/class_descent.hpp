// Coordinate descent on the quadratic model of the multinomial loss, over the columns of a working
// set: exact minimisation over one coefficient of one class after the other.
//
// With probabilities p of a row of weight w, a change d of its linear predictors (one per class)
// changes the loss by -r'd + d'Hd / 2, r = w (y - p) and H = w (diag(p) - pp'). The classes are
// coupled through s = sum_k p_k d_k alone: the model's residual of class k is
//
//   r_k - h_k d_k + w p_k (s - p_k d_k),   h_k = w p_k (1 - p_k),
//
// so a pass over one class costs as much as that of a problem with one output. Where h_k has a
// lower limit, the limit is added to the diagonal of H. For a majorant, h_k = w / 2 and the
// coupling is left out (Boehning 1992, "Multinomial logistic regression algorithm", theorem 5).
#pragma once

#include "bridle/interrupt.hpp"
#include "bridle/path/class_path.hpp"
#include "level.hpp"
#include "loss/softmax.hpp"
#include "path/column_descent.hpp"
#include "path/column_moments.hpp"
#include "penalty/bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// The smallest curvature of a row of weight 1, so that steps of nearly certain predictions do not
// get too long: 2e-9 of the largest, 1/4.
constexpr double kSmallestClassCurvature = 0.5e-9;
// The largest eigenvalue that the Hessian of a row of weight 1 can have.
constexpr double kClassMajorant = 0.5;

// `Model` is a DenseModel or a SparseModel, over the rows of one class at a time.
template <class Model>
class ClassDescent {
  public:
    ClassDescent(const typename Model::Columns& columns, const ClassProblem& problem,
                 const ClassMemory& memory)
        : problem_(problem),
          model_(columns, problem.rows, memory.rows),
          coupled_(memory.rows + 2 * problem.rows),
          before_(memory.rows + 3 * problem.rows),
          change_(memory.rows + 4 * problem.rows),
          residual_(memory.class_rows),
          coupling_(memory.class_rows + problem.size()),
          curvature_(memory.class_rows + 2 * problem.size()),
          moved_(memory.class_rows + 3 * problem.size()),
          negative_gradient_(memory.pairs),
          mean_(memory.pairs + problem.pairs()),
          mass_(memory.pairs + 2 * problem.pairs()),
          hessian_(memory.pairs + 3 * problem.pairs()),
          total_(memory.classes),
          sum_(memory.classes + problem.classes),
          products_(memory.pairs + 5 * problem.pairs()),
          prepared_(memory.index),
          multiplied_(memory.sizes + 2 * problem.classes) {
        for (std::size_t k = 0; k < problem.classes; ++k) multiplied_[k] = -1;
        for (std::size_t a = 0; a < problem.pairs(); ++a) {
            mean_[a] = problem.center[a % problem.count];
            mass_[a] = 0.0;
            hessian_[a] = -1.0;
            prepared_[a] = -1;
        }
    }

    // Memory into which probabilities are written before `begin`.
    double* probabilities() { return coupling_; }

    // Models the loss about a point whose probabilities are given.
    void begin(bool careful) {
        ++model_number_;
        const std::size_t n = problem_.rows;
        const double* w = problem_.weight;
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            double *q = coupling_ + k * n, *h = curvature_ + k * n, *r = residual_ + k * n;
            const double* y = problem_.y + k * n;
            double sum = 0.0, total = 0.0;
#pragma omp simd reduction(+ : sum, total)
            for (std::size_t i = 0; i < n; ++i) {
                const double own = q[i] * (1.0 - q[i]);
                const double model = own < kSmallestClassCurvature ? kSmallestClassCurvature : own;
                r[i] = w[i] * (y[i] - q[i]);
                h[i] = w[i] * (careful ? kClassMajorant : model);
                sum += r[i];
                total += h[i];
            }
            if (careful) {
                for (std::size_t i = 0; i < n; ++i) q[i] = 0.0;
            }
            sum_[k] = sum;
            total_[k] = total;
        }
        for (std::size_t i = 0; i < n; ++i) coupled_[i] = 0.0;
        for (std::size_t i = 0; i < problem_.size(); ++i) moved_[i] = 0.0;
    }

    // Steps of the intercept of a class, if it were alone.
    double shift(std::size_t k) const {
        return problem_.fit_intercept && total_[k] > 0.0 ? sum_[k] / total_[k] : 0.0;
    }
    double total(std::size_t k) const { return total_[k]; }
    const double* negative_gradients() const { return negative_gradient_; }
    const double* hessians() const { return hessian_; }

    // Negative gradients in a class's listed columns at the point of the model.
    void measure_gradients(std::size_t k, ListView list) {
        if (list.size == 0) return;
        model_.begin(residual_ + k * problem_.rows, curvature_ + k * problem_.rows, total_[k],
                     shift(k));
        for (std::size_t a = 0; a < list.size; ++a) {
            const std::size_t j = static_cast<std::size_t>(list.index[a]);
            const std::size_t at = k * problem_.count + j;
            check_interrupt(model_.work(j));
            negative_gradient_[at] =
                hessian_[at] == 0.0 ? 0.0
                                    : model_.negative_gradient(j, moments(at)) / problem_.scale[j];
        }
    }

    // One sweep over the listed columns of a class; `coef` and `intercept` are the class's own.
    void sweep(std::size_t k, Strength strength, ListView list, double* coef, double* intercept,
               SweepGains& gains) {
        open(k, intercept);
        if constexpr (Model::kTogether > 1) {
            for (std::size_t a = 0; a < list.size; a += Model::kTogether) {
                step_together(k, strength, list, a, coef, intercept, gains);
            }
            multiplied_[k] = model_number_;
        } else {
            for (std::size_t a = 0; a < list.size; ++a) {
                const std::size_t j = static_cast<std::size_t>(list.index[a]);
                prepare(k, j);
                check_interrupt(2 * model_.work(j));
                step(Bound(problem_, strength, j), k, j, coef + j, intercept, gains);
            }
        }
        close(k);
    }

    // Decrease of the model's loss by the moves since `begin`.
    double gain() const {
        double gain = 0.0;
        const std::size_t n = problem_.rows;
        const double* w = problem_.weight;
        for (std::size_t k = 0; k < problem_.classes; ++k) {
            const double *d = moved_ + k * n, *q = coupling_ + k * n;
            const double *r = residual_ + k * n, *h = curvature_ + k * n;
#pragma omp simd reduction(+ : gain)
            for (std::size_t i = 0; i < n; ++i) {
                const double apart = w[i] * q[i] * (coupled_[i] - q[i] * d[i]);
                gain += d[i] * (r[i] - 0.5 * (h[i] * d[i] - apart));
            }
        }
        return gain;
    }

    // Moves a class by changes of its listed columns, given as new coefficients, and of its
    // intercept.
    void move_class(std::size_t k, ListView list, const double* next, const double* coef,
                    double constant) {
        const std::size_t n = problem_.rows;
        for (std::size_t i = 0; i < n; ++i) change_[i] = 0.0;
        for (std::size_t a = 0; a < list.size; ++a) {
            const std::size_t j = static_cast<std::size_t>(list.index[a]);
            const double step = next[a] - coef[j];
            if (step != 0.0) constant += add_column(j, step, change_);
        }
        for (std::size_t i = 0; i < n; ++i) change_[i] += constant;
        add_moves(k);
    }

    // Changes of the linear predictors since `begin`, a row per class.
    const double* moved() const { return moved_; }

    // Saves and restores them; `kept` has classes x rows numbers.
    void save_moves(double* kept) const {
        for (std::size_t i = 0; i < problem_.size(); ++i) kept[i] = moved_[i];
    }
    void restore_moves(const double* kept) {
        const std::size_t n = problem_.rows;
        for (std::size_t i = 0; i < n; ++i) coupled_[i] = 0.0;
        for (std::size_t k = 0; k < problem_.classes; ++k) {
#pragma omp simd
            for (std::size_t i = 0; i < n; ++i) {
                moved_[k * n + i] = kept[k * n + i];
                coupled_[i] += coupling_[k * n + i] * kept[k * n + i];
            }
        }
    }

    // Adds to eta the change by a coefficient, except for a constant in all rows, which it returns.
    double add_column(std::size_t j, double change, double* eta) const {
        check_interrupt(model_.work(j));
        return model_.add_column(j, change / problem_.scale[j], problem_.center[j], eta);
    }

  private:
    // Cross-products per column: six for four columns.
    static constexpr std::size_t kProducts = 2;

    // Starts a pass over a class, after the best step of its intercept.
    void open(std::size_t k, double* intercept) {
        const std::size_t n = problem_.rows;
        const double *w = problem_.weight, *d = moved_ + k * n, *q = coupling_ + k * n;
        const double *r = residual_ + k * n, *h = curvature_ + k * n;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (std::size_t i = 0; i < n; ++i) {
            before_[i] = r[i] - h[i] * d[i] + w[i] * q[i] * (coupled_[i] - q[i] * d[i]);
            sum += before_[i];
        }
        const double shift = problem_.fit_intercept && total_[k] > 0.0 ? sum / total_[k] : 0.0;
        *intercept += shift;
        model_.begin(before_, h, total_[k], shift);
    }

    void close(std::size_t k) {
        for (std::size_t i = 0; i < problem_.rows; ++i) change_[i] = 0.0;
        model_.add_change(before_, change_);
        add_moves(k);
    }

    void add_moves(std::size_t k) {
        const std::size_t n = problem_.rows;
        double* d = moved_ + k * n;
        const double* q = coupling_ + k * n;
#pragma omp simd
        for (std::size_t i = 0; i < n; ++i) {
            d[i] += change_[i];
            coupled_[i] += q[i] * change_[i];
        }
    }

    // Computes mean and curvature of a column, which a step along it needs.
    void prepare(std::size_t k, std::size_t j) {
        const std::size_t at = k * problem_.count + j;
        if (prepared_[at] == model_number_) return;
        prepared_[at] = model_number_;
        check_interrupt(2 * model_.work(j));
        const ColumnMoments found = problem_.fit_intercept
                                        ? model_.moments_about_mean(j, mean_[at])
                                        : model_.moments_about(j, problem_.center[j]);
        mean_[at] = found.mean;
        mass_[at] = found.mass;
        hessian_[at] = found.hessian / (problem_.scale[j] * problem_.scale[j]);
    }

    // Steps along the listed columns from `first` on, as many as are taken together, each exactly
    // and twice. Their cross-products are computed once for each model.
    void step_together(std::size_t k, Strength strength, ListView list, std::size_t first,
                       double* coef, double* intercept, SweepGains& gains) {
        constexpr std::size_t most = Model::kTogether;
        const std::size_t rest = list.size - first, width = rest < most ? rest : most;
        typename Model::Together columns;
        std::size_t feature[most];
        for (std::size_t a = 0; a < most; ++a) {
            // The last ones are filled up with the first, which then does not move.
            feature[a] = static_cast<std::size_t>(list.index[first + (a < width ? a : 0)]);
            prepare(k, feature[a]);
            model_.put(columns, a, feature[a], mean_[k * problem_.count + feature[a]]);
        }
        double* products = products_ + kProducts * (k * problem_.count + first);
        check_interrupt(3 * most * problem_.rows);
        if (width > 1 && multiplied_[k] != model_number_) {
            double six[kProducts * most];
            model_.products(columns, six);
            // The last columns of all have no room for products with those that fill them up.
            for (std::size_t b = 0; b < kProducts * width && b < 6; ++b) products[b] = six[b];
        }
        double negative_gradient[most], moved[most] = {};
        model_.negative_gradients(columns, negative_gradient);
        for (int round = 0; round < (width > 1 ? 2 : 1); ++round) {
            for (std::size_t a = 0; a < width; ++a) {
                const std::size_t j = feature[a], at = k * problem_.count + j;
                const Bound bound(problem_, strength, j);
                const double raw =
                    step_from(bound, at, j, negative_gradient[a], coef + j, intercept, gains);
                if (raw == 0.0) continue;
                moved[a] += raw;
                negative_gradient[a] -= raw * hessian_[at] * problem_.scale[j] * problem_.scale[j];
                for (std::size_t b = 0; b < width; ++b) {
                    if (b != a) negative_gradient[b] -= raw * products[place_of(a, b)];
                }
            }
        }
        for (std::size_t a = 0; a < width; ++a) {
            gains.norm += strength.l1 * problem_.factor[feature[a]] * magnitude(coef[feature[a]]);
        }
        model_.move(columns, moved);
    }

    // Position of the product of two of four columns, in the order 01, 02, 03, 12, 13, 23.
    static constexpr std::size_t place_of(std::size_t a, std::size_t b) {
        const std::size_t low = a < b ? a : b, high = a < b ? b : a;
        return low == 0 ? high - 1 : low + high;
    }

    // Changes a coefficient, given the negative gradient of its column before it is scaled; returns
    // the change in the column's own scale.
    double step_from(const Bound& bound, std::size_t at, std::size_t j, double raw_gradient,
                     double* coef, double* intercept, SweepGains& gains) {
        const double hessian = hessian_[at];
        double next = 0.0;
        // The coefficient of a constant column is 0.
        if (hessian > 0.0) {
            next = bound.best(raw_gradient / problem_.scale[j] + hessian * *coef, hessian);
        }
        const double change = next - *coef;
        if (change == 0.0) return 0.0;
        *coef = next;
        const double raw = change / problem_.scale[j];
        if (problem_.fit_intercept) *intercept += raw * (problem_.center[j] - mean_[at]);
        if (!(hessian > 0.0)) return 0.0;
        gains.count(bound, (hessian + bound.l2) * magnitude(change), change, next);
        return raw;
    }

    void step(const Bound& bound, std::size_t k, std::size_t j, double* coef, double* intercept,
              SweepGains& gains) {
        const std::size_t at = k * problem_.count + j;
        const double negative_gradient =
            hessian_[at] > 0.0 ? model_.negative_gradient(j, moments(at)) : 0.0;
        const double raw = step_from(bound, at, j, negative_gradient, coef, intercept, gains);
        gains.norm += bound.l1 * magnitude(*coef);
        if (raw != 0.0) model_.move(j, moments(at), raw);
    }

    ColumnMoments moments(std::size_t at) const { return {mean_[at], mass_[at], hessian_[at]}; }

    const ClassProblem& problem_;
    Model model_;
    std::int64_t model_number_ = 0;
    double* coupled_;
    double* before_;
    double* change_;
    double* residual_;
    double* coupling_;
    double* curvature_;
    double* moved_;
    double* negative_gradient_;
    double* mean_;
    double* mass_;
    double* hessian_;
    double* total_;
    double* sum_;
    double* products_;
    std::int64_t* prepared_;
    std::int64_t* multiplied_;
};

}  // namespace bridle::BRIDLE_LEVEL
