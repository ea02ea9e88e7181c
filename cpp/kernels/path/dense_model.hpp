// The quadratic model of a loss about a linear predictor, over dense columns.
//
// With weighted residual u and curvature h, a change d of the linear predictor lowers the loss by
// u'd - 1/2 d'Hd, H = diag(h), and the residual becomes u - H d.
#pragma once

#include "arithmetic/spread.hpp"
#include "bridle/path/column_path.hpp"
#include "level.hpp"
#include "path/column_moments.hpp"
#include "path/dense_rows.hpp"

namespace bridle::BRIDLE_LEVEL {

class DenseModel {
  public:
    using Columns = DenseColumns;

    // `memory` has two numbers per row.
    DenseModel(const DenseColumns& columns, std::size_t rows, double* memory)
        : columns_(columns), rows_(rows), residual_(memory) {}

    // Numbers that one pass over a column reads.
    std::size_t work(std::size_t) const { return rows_; }

    // Starts at a point with this residual minus `shift` times the curvature.
    void begin(const double* residual, const double* curvature, double total, double shift) {
        curvature_ = curvature;
        total_ = total;
#pragma omp simd
        for (std::size_t i = 0; i < rows_; ++i) residual_[i] = residual[i] - shift * curvature[i];
    }

    // About the curvature-weighted mean, so that a step does not change the sum of the residuals.
    // `guess` is near that mean.
    ColumnMoments moments_about_mean(std::size_t k, double guess) const {
        Deviations about = deviations(column(k), guess, curvature_, rows_);
        double mean = guess + about.sum / total_;
        if (is_far(about, total_)) {
            about = deviations(column(k), mean, curvature_, rows_);
            mean += about.sum / total_;
        }
        const double spread = about.squares - about.sum * about.sum / total_;
        return {mean, 0.0, spread_or_nothing(spread, total_, mean)};
    }
    ColumnMoments moments_about(std::size_t k, double center) const {
        return {center, 0.0, deviations(column(k), center, curvature_, rows_).squares};
    }

    // sum_i (x_i - mean) u_i
    double negative_gradient(std::size_t k, const ColumnMoments& moments) const {
        return centered_dot(column(k), moments.mean, residual_, rows_);
    }

    // Moves the linear predictor by `step` times the column minus its mean.
    void move(std::size_t k, const ColumnMoments& moments, double step) {
        subtract_weighted(column(k), moments.mean, curvature_, step, residual_, rows_);
    }

    // Columns that can be stepped along together, and their cross-products in `products`.
    static constexpr std::size_t kTogether = BRIDLE_LEVEL::kTogether;
    using Together = ColumnsTogether;

    void put(Together& columns, std::size_t place, std::size_t k, double mean) const {
        columns.x[place] = column(k);
        columns.mean[place] = mean;
    }
    void negative_gradients(const Together& columns, double* out) const {
        dots_together(columns, residual_, rows_, out);
    }
    void products(const Together& columns, double* out) const {
        products_together(columns, curvature_, rows_, out);
    }
    void move(const Together& columns, const double* step) {
        subtract_together(columns, curvature_, step, residual_, rows_);
    }

    // Adds to eta the change by the moves since `begin`, which must be given the same residuals.
    void add_change(const double* residual, double* eta) const {
        const double* h = curvature_;
        const double* now = residual_;
#pragma omp simd
        for (std::size_t i = 0; i < rows_; ++i) {
            eta[i] += h[i] > 0.0 ? (residual[i] - now[i]) / h[i] : 0.0;
        }
    }

    // Adds `step` times the column minus its center to out, except for a constant in all rows,
    // which it returns.
    double add_column(std::size_t k, double step, double center, double* out) const {
        add_centered(column(k), center, step, out, rows_);
        return 0.0;
    }

  private:
    const double* column(std::size_t k) const {
        return columns_.data + columns_.list[k] * columns_.stride;
    }

    DenseColumns columns_;
    std::size_t rows_;
    double* residual_;
    const double* curvature_ = nullptr;
    double total_ = 0.0;
};

}  // namespace bridle::BRIDLE_LEVEL
