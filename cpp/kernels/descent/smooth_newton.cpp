// Compiled once for each instruction set; see level.hpp.
#include "bridle/descent/smooth_newton.hpp"

#include "arithmetic/cholesky.hpp"
#include "arithmetic/scalar.hpp"
#include "bridle/interrupt.hpp"
#include "bridle/products/class_moments.hpp"
#include "bridle/products/vector_products.hpp"
#include "level.hpp"
#include "loss/catalogue.hpp"

namespace bridle::BRIDLE_LEVEL {

template <class T>
void gram_of_rows(const DenseView<T>& x, const std::int64_t* row, std::size_t count,
                  const double* weight, const double* target, const double* shift, double* packed,
                  double* gram);
template <class T>
void vector_products(const DenseView<T>& x, const double* right, double* out);

namespace {

// Newton's method takes some ten steps.
constexpr int kMostSteps = 50;
// Less than 1e-9 of a step is no step.
constexpr int kHalvings = 30;
// Steps that gain nothing but rounding.
constexpr int kMostIdle = 3;
constexpr double kSmallestPivot = 1e-13;
constexpr double kRounding = 4.0 * 2.220446049250313e-16;
// Error of the linear predictor, relative to its size, that is left.
constexpr double kPrecision = 1e-14;
// Relative change of the curvature up to which a factor is used again, and the fraction of its last
// step that a step with an old factor must fall below.
constexpr double kMostLag = 1.0;
constexpr double kSlow = 0.3;
// Rows whose losses are added before they are added to the others, for precision.
constexpr std::size_t kTogether = 1024;

// Loss, negative gradient and curvature at a linear predictor.
struct Evaluated {
    double* residual;
    double* curvature;
    double value;
    double residual_sum;
};

// A factored Hessian: that of the coefficients, with the intercept eliminated.
struct Factored {
    double* curvature;
    double* mean;  // of the columns, by curvature; their centers without an intercept
    double* lower;
    double total;
    bool holds;
};

template <class T>
class SmoothNewton {
  public:
    SmoothNewton(const SmoothProblem<T>& problem, const SmoothPoint& point,
                 const SmoothMemory& memory)
        : problem_(problem),
          memory_(memory),
          n_(problem.rows.rows),
          p_(static_cast<std::size_t>(problem.x.columns)),
          here_{memory.rows, memory.rows + n_, 0.0, 0.0},
          there_{memory.rows + 2 * n_, memory.rows + 3 * n_, 0.0, 0.0},
          factored_{memory.rows + 4 * n_, memory.columns, memory.factor, 0.0, false},
          scratch_(memory.rows + 5 * n_),
          step_(memory.columns + p_),
          trial_(memory.columns + 2 * p_),
          right_(memory.columns + 3 * p_),
          intercept_(point.intercept),
          coef_(point.coef),
          eta_(point.eta) {}

    SmoothSteps run() {
        evaluate(eta_, here_);
        double value = here_.value + ridge_of(coef_), before = kHuge;
        int idle = 0;
        for (int done = 0; done < kMostSteps; ++done) {
            double lag = lag_of_factor();
            const bool fresh = !(lag <= kMostLag);
            if (fresh) {
                if (!refactor()) return {intercept_, done, false};
                lag = 0.0;
            }
            solve();
            double change = 0.0;
            const double reached = move(value, change);
            if (!(reached < kHuge)) {
                if (fresh) return {intercept_, done, false};
                factored_.holds = false;
                continue;
            }
            idle = value - reached <= kRounding * magnitude(value) ? idle + 1 : 0;
            value = reached;
            const double size = largest(eta_);
            // What the Hessian changed by along the step is at most what the predictor did.
            const double next = quadratic() ? 0.0 : change;
            const bool near = whole_ && change * (lag + next) <= kPrecision * size;
            if ((near && (done > 0 || !quadratic())) || idle == kMostIdle) {
                return {intercept_, done + 1, true};
            }
            if (!fresh && !(change < kSlow * before)) factored_.holds = false;
            before = change;
        }
        return {intercept_, kMostSteps, false};
    }

  private:
    static constexpr double kHuge = __builtin_huge_val();

    bool quadratic() const { return kLosses[problem_.rows.loss].quadratic; }

    void evaluate(const double* eta, Evaluated& out) const {
        const LossRows& rows = problem_.rows;
        out.value = out.residual_sum = 0.0;
        for (std::size_t first = 0; first < n_; first += kTogether) {
            const std::size_t count = n_ - first < kTogether ? n_ - first : kTogether;
            check_interrupt(8 * count);
            const WeightedRows some{count, rows.parameter, rows.weight + first, rows.y + first};
            const LossSums sums = kLosses[rows.loss].rows(
                some, eta + first, Curvature::own, out.residual + first, out.curvature + first);
            out.value += sums.value;
            out.residual_sum += sums.residual;
        }
        for (std::size_t i = 0; i < n_; ++i) out.curvature[i] += problem_.floor * rows.weight[i];
    }

    double ridge_of(const double* coef) const {
        double sum = 0.0;
        for (std::size_t j = 0; j < p_; ++j) sum += problem_.ridge[j] * coef[j] * coef[j];
        return 0.5 * sum;
    }

    // Largest relative difference between the curvature here and that of the factor.
    double lag_of_factor() const {
        if (!factored_.holds) return kHuge;
        double most = 0.0;
        for (std::size_t i = 0; i < n_; ++i) {
            const double used = factored_.curvature[i];
            const double lag = magnitude(here_.curvature[i] - used);
            if (lag > most * used) most = used > 0.0 ? lag / used : kHuge;
        }
        return most;
    }

    bool refactor() {
        const LossRows& rows = problem_.rows;
        double total = 0.0;
        for (std::size_t i = 0; i < n_; ++i) {
            factored_.curvature[i] = here_.curvature[i];
            scratch_[i] = 0.0;
            total += here_.curvature[i];
        }
        factored_.total = total;
        factored_.holds = false;
        if (!(total > 0.0 && total < kHuge)) return false;
        double* mean = factored_.mean;
        if (rows.fit_intercept) vector_products(problem_.x, factored_.curvature, mean);
        for (std::size_t j = 0; j < p_; ++j) {
            mean[j] = rows.fit_intercept ? mean[j] / total : problem_.center[j];
        }
        const std::size_t width = p_ + 2;
        for (std::size_t k = 0; k < width * width; ++k) memory_.sums[k] = 0.0;
        gram_of_rows(problem_.x, nullptr, n_, factored_.curvature, scratch_, mean, memory_.packed,
                     memory_.sums);
        for (std::size_t j = 0; j < p_; ++j) {
            check_interrupt(p_);
            double* row = factored_.lower + j * p_;
            for (std::size_t k = 0; k <= j; ++k) {
                row[k] = memory_.sums[k * width + j] / problem_.scale[j] / problem_.scale[k];
            }
            row[j] += problem_.ridge[j];
            if (!(row[j] > 0.0 && row[j] < kHuge)) return false;
        }
        factor(factored_.lower, p_, p_, kSmallestPivot);
        for (std::size_t j = 0; j < p_; ++j) {
            if (!(factored_.lower[j * p_ + j] < kHeld)) return false;
        }
        factored_.holds = true;
        return true;
    }

    // Newton's step in the coefficients and in the intercept.
    void solve() {
        const bool free = problem_.rows.fit_intercept;
        const double level = free ? here_.residual_sum / factored_.total : 0.0;
        double left = 0.0;
        for (std::size_t i = 0; i < n_; ++i) {
            scratch_[i] = here_.residual[i] - level * factored_.curvature[i];
            left += scratch_[i];
        }
        vector_products(problem_.x, scratch_, step_);
        for (std::size_t j = 0; j < p_; ++j) {
            step_[j] = (step_[j] - factored_.mean[j] * left) / problem_.scale[j] -
                       problem_.ridge[j] * coef_[j];
        }
        solve_factored(factored_.lower, p_, p_, step_);
        shift_ = level;
        for (std::size_t j = 0; free && j < p_; ++j) {
            shift_ -= (factored_.mean[j] - problem_.center[j]) / problem_.scale[j] * step_[j];
        }
    }

    // Goes along the step, halved until the objective does not increase. Returns the objective;
    // infinity, at the same point, if it cannot be lowered.
    double move(double value, double& change) {
        const double allowed = value + kRounding * magnitude(value);
        double scale = 1.0;
        for (int halved = 0; halved < kHalvings; ++halved, scale *= 0.5) {
            for (std::size_t j = 0; j < p_; ++j) trial_[j] = coef_[j] + scale * step_[j];
            const double intercept = intercept_ + scale * shift_;
            predict(trial_, intercept, scratch_);
            evaluate(scratch_, there_);
            const double reached = there_.value + ridge_of(trial_);
            if (!(reached <= allowed)) continue;
            for (std::size_t i = 0; i < n_; ++i) {
                const double moved = magnitude(scratch_[i] - eta_[i]);
                if (moved > change) change = moved;
                eta_[i] = scratch_[i];
            }
            for (std::size_t j = 0; j < p_; ++j) coef_[j] = trial_[j];
            intercept_ = intercept;
            whole_ = halved == 0;
            const Evaluated kept = here_;
            here_ = there_;
            there_ = kept;
            return reached;
        }
        return kHuge;
    }

    // eta = offset + intercept + X coef
    void predict(const double* coef, double intercept, double* eta) const {
        double center = 0.0;
        for (std::size_t j = 0; j < p_; ++j) {
            right_[j] = coef[j] / problem_.scale[j];
            center += problem_.center[j] * right_[j];
        }
        const DenseView<T>& x = problem_.x;
        const DenseView<T> turned{x.data, x.columns, x.rows, x.column_stride, x.row_stride};
        vector_products(turned, right_, eta);
        for (std::size_t i = 0; i < n_; ++i) {
            eta[i] = problem_.rows.offset[i] + intercept + (eta[i] - center);
        }
    }

    double largest(const double* eta) const {
        double most = 0.0;
        for (std::size_t i = 0; i < n_; ++i) {
            if (magnitude(eta[i]) > most) most = magnitude(eta[i]);
        }
        return most;
    }

    const SmoothProblem<T>& problem_;
    const SmoothMemory& memory_;
    std::size_t n_;
    std::size_t p_;
    Evaluated here_;
    Evaluated there_;
    Factored factored_;
    double* scratch_;
    double* step_;
    double* trial_;
    double* right_;
    double intercept_;
    double* coef_;
    double* eta_;
    double shift_ = 0.0;
    bool whole_ = false;
};

}  // namespace

template <class T>
SmoothSteps smooth_newton(const SmoothProblem<T>& problem, const SmoothPoint& point,
                          const SmoothMemory& memory) {
    return SmoothNewton<T>(problem, point, memory).run();
}

template SmoothSteps smooth_newton<double>(const SmoothProblem<double>&, const SmoothPoint&,
                                           const SmoothMemory&);
template SmoothSteps smooth_newton<float>(const SmoothProblem<float>&, const SmoothPoint&,
                                          const SmoothMemory&);

}  // namespace bridle::BRIDLE_LEVEL
