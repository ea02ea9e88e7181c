// The quadratic model of a loss over sparse columns, each step at the cost of its entries.
//
// The weighted residual is stored as v + t h, so that subtracting a column's mean changes only the
// scalar t. v and h of a row are adjacent in memory.
#pragma once

#include "arithmetic/out_of_line.hpp"
#include "bridle/path/column_path.hpp"
#include "path/column_moments.hpp"
#include "products/sparse_column.hpp"

namespace bridle::BRIDLE_LEVEL {

template <class T, class I>
class SparseModel {
  public:
    using Columns = SparseColumns<T, I>;

    SparseModel(const Columns& columns, std::size_t rows, double* memory)
        : columns_(columns), rows_(rows), row_(reinterpret_cast<Row*>(memory)) {}

    std::size_t work(std::size_t k) const { return static_cast<std::size_t>(column(k).size) + 1; }

    // Sparse columns have few rows in common, so that a pass over several saves nothing.
    static constexpr std::size_t kTogether = 1;

    void begin(const double* residual, const double* curvature, double total, double shift) {
        constant_ = 0.0;
        double sum = 0.0;
        std::ptrdiff_t positive = 0;
#pragma omp simd reduction(+ : sum, positive)
        for (std::size_t i = 0; i < rows_; ++i) {
            row_[i].residual = residual[i] - shift * curvature[i];
            row_[i].curvature = curvature[i];
            sum += row_[i].residual;
            positive += curvature[i] > 0.0;
        }
        sum_ = sum;
        totals_ = {total, positive};
    }

    ColumnMoments moments_about_mean(std::size_t k, double) const {
        const SparseColumn<T, I> x = column(k);
        Deviations about = sum_entries(x);
        const double mass = about.sum;
        const double mean = mass / totals_.sum;
        if (is_far(about, totals_.sum)) about = sum_about(x, mean);
        const double spread = about.squares - about.sum * about.sum / totals_.sum;
        return {mean, mass, spread_or_nothing(spread, totals_.sum, mean)};
    }
    ColumnMoments moments_about(std::size_t k, double center) const {
        const SparseColumn<T, I> x = column(k);
        return {center, sum_entries(x).sum, sum_about(x, center).squares};
    }

    double negative_gradient(std::size_t k, const ColumnMoments& moments) const {
        return dot(column(k)) + constant_ * moments.mass - moments.mean * sum_;
    }

    void move(std::size_t k, const ColumnMoments& moments, double step) {
        subtract(column(k), step);
        constant_ += step * moments.mean;
        sum_ -= step * (moments.mass - moments.mean * totals_.sum);
    }

    void add_change(const double* residual, double* eta) const {
        for (std::size_t i = 0; i < rows_; ++i) {
            const Row& row = row_[i];
            if (row.curvature > 0.0)
                eta[i] += (residual[i] - row.residual) / row.curvature - constant_;
        }
    }

    double add_column(std::size_t k, double step, double center, double* out) const {
        const SparseColumn<T, I> x = column(k);
        for (std::ptrdiff_t e = 0; e < x.size; ++e) out[x.index[e]] += step * x.value(e);
        return -step * center;
    }

  private:
    struct Row {
        double residual;
        double curvature;
    };

    SparseColumn<T, I> column(std::size_t k) const {
        return SparseColumn<T, I>(columns_.x, columns_.list[k]);
    }

    // sum x_i v_i over the entries, in four independent sums, since one waits for each addition.
    BRIDLE_OUT_OF_LINE double dot(const SparseColumn<T, I>& x) const {
        double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
        const Row* row = row_;
        std::ptrdiff_t e = 0;
        for (; e + 4 <= x.size; e += 4) {
            s0 += x.value(e) * row[x.index[e]].residual;
            s1 += x.value(e + 1) * row[x.index[e + 1]].residual;
            s2 += x.value(e + 2) * row[x.index[e + 2]].residual;
            s3 += x.value(e + 3) * row[x.index[e + 3]].residual;
        }
        for (; e < x.size; ++e) s0 += x.value(e) * row[x.index[e]].residual;
        return (s0 + s1) + (s2 + s3);
    }

    BRIDLE_OUT_OF_LINE void subtract(const SparseColumn<T, I>& x, double step) {
        Row* row = row_;
        for (std::ptrdiff_t e = 0; e < x.size; ++e) {
            row[x.index[e]].residual -= step * x.value(e) * row[x.index[e]].curvature;
        }
    }

    // About 0, where rows without an entry add nothing.
    BRIDLE_OUT_OF_LINE Deviations sum_entries(const SparseColumn<T, I>& x) const {
        double s0 = 0.0, s1 = 0.0, q0 = 0.0, q1 = 0.0;
        const Row* row = row_;
        std::ptrdiff_t e = 0;
        for (; e + 2 <= x.size; e += 2) {
            const double w0 = x.value(e) * row[x.index[e]].curvature;
            const double w1 = x.value(e + 1) * row[x.index[e + 1]].curvature;
            s0 += w0;
            s1 += w1;
            q0 += w0 * x.value(e);
            q1 += w1 * x.value(e + 1);
        }
        for (; e < x.size; ++e) {
            const double w = x.value(e) * row[x.index[e]].curvature;
            s0 += w;
            q0 += w * x.value(e);
        }
        return {s0 + s1, q0 + q1};
    }

    Deviations sum_about(const SparseColumn<T, I>& x, double center) const {
        const auto weight = [this](I i) { return row_[i].curvature; };
        return deviations_about(x, center, totals_, weight);
    }

    Columns columns_;
    std::size_t rows_;
    Row* row_;
    WeightTotals totals_{0.0, 0};
    double constant_ = 0.0;
    double sum_ = 0.0;
};

}  // namespace bridle::BRIDLE_LEVEL
