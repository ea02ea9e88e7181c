// Quadratic losses of several outputs, as block coordinate descent sees them: negative gradients of
// the features, one row for each output, and moves along a feature.
#pragma once

#include "bridle/descent/tied_descent.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "penalty/tied_bound.hpp"

namespace bridle::BRIDLE_LEVEL {

// On Gram matrices: the negative gradients of all features are always at hand.
class TiedGram {
  public:
    TiedGram(const TiedGrams& grams, const TiedFeatures& features, double* memory)
        : grams_(grams),
          size_(features.size),
          outputs_(features.outputs),
          negative_gradient_(memory),
          kept_(memory + features.pairs()) {}

    // negative_gradient = c - G b, computed afresh, so that rounding errors do not accumulate.
    void restart(const double* coef) {
        for (std::size_t a = 0; a < size_ * outputs_; ++a) negative_gradient_[a] = grams_.linear[a];
        check_interrupt(size_ * outputs_);
        for (std::size_t j = 0; j < size_; ++j) {
            for (std::size_t k = 0; k < outputs_; ++k) move(k, j, coef[k * size_ + j]);
        }
    }

    const double* negative_gradients() const { return negative_gradient_; }
    void measure(std::size_t) const {}
    OverOutputs hessian(std::size_t j) const {
        return {grams_.gram + j * grams_.stride + j, outputs_, grams_.output_stride};
    }
    void move(std::size_t j, const double* change) {
        for (std::size_t k = 0; k < outputs_; ++k) move(k, j, change[k]);
    }

    // At `coef`, where the negative gradients are.
    double loss(const double* coef) const {
        check_interrupt(2 * size_ * outputs_);
        double explained = 0.0;
#pragma omp simd reduction(+ : explained)
        for (std::size_t a = 0; a < size_ * outputs_; ++a) {
            explained += coef[a] * (grams_.linear[a] + negative_gradient_[a]);
        }
        return 0.5 * (grams_.total_squares - explained);
    }

    void save() {
        for (std::size_t a = 0; a < size_ * outputs_; ++a) kept_[a] = negative_gradient_[a];
    }
    void restore() {
        for (std::size_t a = 0; a < size_ * outputs_; ++a) negative_gradient_[a] = kept_[a];
    }

  private:
    void move(std::size_t k, std::size_t j, double step) {
        if (step == 0.0) return;
        check_interrupt(size_);
        double* negative_gradient = negative_gradient_ + k * size_;
        const double* row = grams_.gram + k * grams_.output_stride + j * grams_.stride;
#pragma omp simd
        for (std::size_t a = 0; a < size_; ++a) negative_gradient[a] -= step * row[a];
    }

    const TiedGrams& grams_;
    std::size_t size_;
    std::size_t outputs_;
    double* negative_gradient_;
    double* kept_;
};

// On columns, with the weighted residuals of each output: cheaper if there are more features than
// rows.
class TiedColumns {
  public:
    TiedColumns(const TiedRows& given, const TiedFeatures& features, double* memory)
        : given_(given),
          size_(features.size),
          outputs_(features.outputs),
          negative_gradient_(memory),
          residual_(memory + features.pairs()),
          kept_(residual_ + given.rows * outputs_),
          move_(kept_ + given.rows * outputs_),
          inverse_(move_ + given.rows),
          mean_(inverse_ + given.rows),
          hessian_(mean_ + size_),
          change_(hessian_ + size_) {
        for (std::size_t i = 0; i < given.rows; ++i) {
            inverse_[i] = given.weight[i] > 0.0 ? 1.0 / given.weight[i] : 0.0;
        }
        for (std::size_t j = 0; j < size_; ++j) measure_column(j);
    }

    void restart(const double* coef) {
        const std::size_t n = given_.rows;
        for (std::size_t k = 0; k < outputs_; ++k) {
            const double* y = given_.y + k * n;
            double* r = residual_ + k * n;
            for (std::size_t i = 0; i < n; ++i) r[i] = given_.weight[i] * y[i];
        }
        for (std::size_t j = 0; j < size_; ++j) {
            for (std::size_t k = 0; k < outputs_; ++k) change_[k] = coef[k * size_ + j];
            move(j, change_);
        }
    }

    const double* negative_gradients() const { return negative_gradient_; }

    void measure(std::size_t j) {
        const std::size_t n = given_.rows;
        const double *x = column(j), inverse = 1.0 / given_.scale[j];
        check_interrupt(n * outputs_);
        std::size_t k = 0;
        for (; k + 4 <= outputs_; k += 4) {
            const double *a = residual_ + k * n, *b = a + n, *c = b + n, *d = c + n;
            double sa = 0.0, sb = 0.0, sc = 0.0, sd = 0.0;
#pragma omp simd reduction(+ : sa, sb, sc, sd)
            for (std::size_t i = 0; i < n; ++i) {
                sa += x[i] * a[i];
                sb += x[i] * b[i];
                sc += x[i] * c[i];
                sd += x[i] * d[i];
            }
            negative_gradient_[k * size_ + j] = sa * inverse;
            negative_gradient_[(k + 1) * size_ + j] = sb * inverse;
            negative_gradient_[(k + 2) * size_ + j] = sc * inverse;
            negative_gradient_[(k + 3) * size_ + j] = sd * inverse;
        }
        for (; k < outputs_; ++k) {
            const double* a = residual_ + k * n;
            double sum = 0.0;
#pragma omp simd reduction(+ : sum)
            for (std::size_t i = 0; i < n; ++i) sum += x[i] * a[i];
            negative_gradient_[k * size_ + j] = sum * inverse;
        }
    }

    OverOutputs hessian(std::size_t j) const { return {hessian_ + j, outputs_, 0}; }
    void move(std::size_t j, const double* change) {
        bool used = false;
        for (std::size_t k = 0; k < outputs_; ++k) used = used || change[k] != 0.0;
        if (!used) return;
        const std::size_t n = given_.rows;
        const double *x = column(j), *w = given_.weight;
        const double inverse = 1.0 / given_.scale[j], mean = mean_[j];
        check_interrupt(n * outputs_);
#pragma omp simd
        for (std::size_t i = 0; i < n; ++i) move_[i] = w[i] * (x[i] - mean) * inverse;
        std::size_t k = 0;
        for (; k + 4 <= outputs_; k += 4) {
            double *a = residual_ + k * n, *b = a + n, *c = b + n, *d = c + n;
            const double ca = change[k], cb = change[k + 1], cc = change[k + 2], cd = change[k + 3];
#pragma omp simd
            for (std::size_t i = 0; i < n; ++i) {
                a[i] -= ca * move_[i];
                b[i] -= cb * move_[i];
                c[i] -= cc * move_[i];
                d[i] -= cd * move_[i];
            }
        }
        for (; k < outputs_; ++k) {
            double* a = residual_ + k * n;
            const double ca = change[k];
#pragma omp simd
            for (std::size_t i = 0; i < n; ++i) a[i] -= ca * move_[i];
        }
    }

    double loss(const double*) const {
        const std::size_t n = given_.rows;
        check_interrupt(n * outputs_);
        double sum = 0.0;
        for (std::size_t k = 0; k < outputs_; ++k) {
            const double* r = residual_ + k * n;
#pragma omp simd reduction(+ : sum)
            for (std::size_t i = 0; i < n; ++i) sum += r[i] * r[i] * inverse_[i];
        }
        return 0.5 * sum;
    }

    void save() { copy(residual_, kept_); }
    void restore() { copy(kept_, residual_); }

    static std::size_t memory(std::size_t rows, const TiedFeatures& features) {
        return features.pairs() + 2 * rows * features.outputs + 2 * rows + 2 * features.size +
               features.outputs;
    }

  private:
    const double* column(std::size_t j) const {
        return given_.column.data + given_.column.list[j] * given_.column.stride;
    }

    void copy(const double* from, double* to) const {
        for (std::size_t i = 0; i < given_.rows * outputs_; ++i) to[i] = from[i];
    }

    void measure_column(std::size_t j) {
        const std::size_t n = given_.rows;
        const double *x = column(j), *w = given_.weight;
        check_interrupt(4 * n);
        double mean = given_.center[j];
        if (given_.fit_intercept) {
            double about = 0.0;
#pragma omp simd reduction(+ : about)
            for (std::size_t i = 0; i < n; ++i) about += w[i] * (x[i] - mean);
            mean += about;
        }
        double squares = 0.0;
#pragma omp simd reduction(+ : squares)
        for (std::size_t i = 0; i < n; ++i) squares += w[i] * (x[i] - mean) * (x[i] - mean);
        mean_[j] = mean;
        const double scale = given_.scale[j];
        // The variance of a constant column is rounding.
        const bool varies = squares > kConstant * mean * mean;
        hessian_[j] = varies ? squares / (scale * scale) : 0.0;
    }

    static constexpr double kConstant = 1e-26;

    const TiedRows& given_;
    std::size_t size_;
    std::size_t outputs_;
    double* negative_gradient_;
    double* residual_;
    double* kept_;
    double* move_;
    double* inverse_;
    double* mean_;
    double* hessian_;
    double* change_;
};

}  // namespace bridle::BRIDLE_LEVEL
