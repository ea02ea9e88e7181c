// Compiled once for each instruction set; see level.hpp.
#include "bridle/descent/sparse_descent.hpp"

#include "arithmetic/scalar.hpp"
#include "bridle/interrupt.hpp"
#include "descent/descent.hpp"
#include "level.hpp"
#include "products/sparse_column.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

WeightTotals total_weight(const double* weight, std::ptrdiff_t rows) {
    WeightTotals totals{0.0, 0};
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        totals.sum += weight[i];
        totals.positive += weight[i] > 0.0;
    }
    return totals;
}

// The residual is stored as r_i + constant, with sum_i h_i (r_i + constant): subtracting a column's
// center from all rows changes only two numbers.
template <class T, class I>
class SparseResidual {
  public:
    SparseResidual(const SparseView<T, I>& x, const double* weight, const Coordinates& list,
                   double* rows)
        : x_(x),
          weight_(weight),
          list_(list),
          rows_(rows),
          total_(total_weight(weight, x.rows).sum) {
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) sum_ += weight[i] * rows[i];
    }

    std::size_t work(std::size_t k) const {
        return static_cast<std::size_t>(2 * column(k).size + 1);
    }

    double negative_gradient(std::size_t k) {
        const SparseColumn<T, I> entries = column(k);
        double product = 0.0, mass = 0.0;
        for (std::ptrdiff_t e = 0; e < entries.size; ++e) {
            const double weighted = entries.value(e) * weight_[entries.index[e]];
            product += weighted * rows_[entries.index[e]];
            mass += weighted;
        }
        mass_ = mass;
        return product + constant_ * mass - list_.center[k] * sum_;
    }

    void move(std::size_t k, double step) {
        const SparseColumn<T, I> entries = column(k);
        for (std::ptrdiff_t e = 0; e < entries.size; ++e)
            rows_[entries.index[e]] -= step * entries.value(e);
        constant_ += step * list_.center[k];
        sum_ -= step * (mass_ - list_.center[k] * total_);
    }

    // Writes the constant into the rows.
    void finish() {
        for (std::ptrdiff_t i = 0; i < x_.rows; ++i) rows_[i] += constant_;
    }

  private:
    SparseColumn<T, I> column(std::size_t k) const {
        return SparseColumn<T, I>(x_, list_.column[k]);
    }

    const SparseView<T, I>& x_;
    const double* weight_;
    const Coordinates& list_;
    double* rows_;
    double total_;
    double constant_ = 0.0;
    double sum_ = 0.0;
    double mass_ = 0.0;  // of the column whose gradient was measured last
};

}  // namespace

template <class T, class I>
Sweeps sparse_descend(const SparseView<T, I>& x, const double* weight, const Coordinates& list,
                      double* coef, double* residual, std::int64_t limit, double tolerance) {
    SparseResidual<T, I> rows(x, weight, list, residual);
    const Sweeps sweeps = descend_on(list, coef, rows, limit, tolerance);
    rows.finish();
    return sweeps;
}

template <class T, class I>
void sparse_moments(const SparseView<T, I>& x, const double* weight, const std::int64_t* column,
                    std::size_t count, double* mean, double* variance) {
    const WeightTotals totals = total_weight(weight, x.rows);
    const auto weigh = [weight](I i) { return weight[i]; };
    for (std::size_t k = 0; k < count; ++k) {
        const SparseColumn<T, I> entries(x, column[k]);
        check_interrupt(static_cast<std::size_t>(2 * entries.size + 1));
        double rough = 0.0;
        for (std::ptrdiff_t e = 0; e < entries.size; ++e)
            rough += weight[entries.index[e]] * entries.value(e);
        // The second pass shows the rounding error of the first mean, which is subtracted.
        const Deviations about = deviations_about(entries, rough, totals, weigh);
        mean[k] = rough + about.sum;
        variance[k] = spread_or_nothing(about.squares - about.sum * about.sum, 1.0, mean[k]);
    }
}

#define BRIDLE_SPARSE_DESCENT(T, I)                                                          \
    template Sweeps sparse_descend<T, I>(const SparseView<T, I>&, const double*,             \
                                         const Coordinates&, double*, double*, std::int64_t, \
                                         double);                                            \
    template void sparse_moments<T, I>(const SparseView<T, I>&, const double*,               \
                                       const std::int64_t*, std::size_t, double*, double*);
BRIDLE_SPARSE_DESCENT(double, std::int32_t)
BRIDLE_SPARSE_DESCENT(double, std::int64_t)
BRIDLE_SPARSE_DESCENT(float, std::int32_t)
BRIDLE_SPARSE_DESCENT(float, std::int64_t)
#undef BRIDLE_SPARSE_DESCENT

}  // namespace bridle::BRIDLE_LEVEL
