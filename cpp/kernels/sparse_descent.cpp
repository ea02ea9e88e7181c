// Compiled once for each instruction set; see level.hpp.
#include "bridle/sparse_descent.hpp"

#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "scalar.hpp"
#include "sparse_column.hpp"

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
struct Residual {
    double* rows;
    double constant;
    double sum;
    double weight;
};

// Exact minimisation over coordinate k; returns the decrease of the objective.
template <class T, class I>
double step(const SparseView<T, I>& x, const double* weight, const Coordinates& list, std::size_t k,
            double* coef, Residual& residual) {
    const double hessian = list.curvature[k] + list.l2[k];
    if (!(list.curvature[k] > 0.0)) {
        // The coefficient of a constant column is 0, and stays 0.
        coef[k] = 0.0;
        return 0.0;
    }
    const SparseColumn<T, I> column(x, list.column[k]);
    check_interrupt(static_cast<std::size_t>(2 * column.size + 1));
    double product = 0.0, mass = 0.0;
    for (std::ptrdiff_t e = 0; e < column.size; ++e) {
        const double weighted = column.value(e) * weight[column.index[e]];
        product += weighted * residual.rows[column.index[e]];
        mass += weighted;
    }
    const double slope =
        (product + residual.constant * mass - list.center[k] * residual.sum) / list.scale[k];
    const double target = soft(slope + list.curvature[k] * coef[k], list.l1[k]) / hessian;
    const double next = clip(target, list.lower[k], list.upper[k]);
    const double change = next - coef[k];
    if (change == 0.0) return 0.0;
    coef[k] = next;
    const double raw = change / list.scale[k];
    for (std::ptrdiff_t e = 0; e < column.size; ++e) {
        residual.rows[column.index[e]] -= raw * column.value(e);
    }
    residual.constant += raw * list.center[k];
    residual.sum -= raw * (mass - list.center[k] * residual.weight);
    return hessian * change * change;
}

}  // namespace

template <class T, class I>
Sweeps sparse_descend(const SparseView<T, I>& x, const double* weight, const Coordinates& list,
                      double* coef, double* residual, std::int64_t limit, double tolerance) {
    Residual held{residual, 0.0, 0.0, total_weight(weight, x.rows).sum};
    for (std::ptrdiff_t i = 0; i < x.rows; ++i) held.sum += weight[i] * residual[i];
    Sweeps sweeps{0, 0.0};
    while (sweeps.done < limit) {
        sweeps.largest_gain = 0.0;
        for (std::size_t k = 0; k < list.count; ++k) {
            const double gain = step(x, weight, list, k, coef, held);
            if (gain > sweeps.largest_gain) sweeps.largest_gain = gain;
        }
        ++sweeps.done;
        if (sweeps.largest_gain <= tolerance) break;
    }
    for (std::ptrdiff_t i = 0; i < x.rows; ++i) residual[i] += held.constant;
    return sweeps;
}

template <class T, class I>
void sparse_moments(const SparseView<T, I>& x, const double* weight, const std::int64_t* column,
                    std::size_t count, double* mean, double* variance) {
    const WeightTotals totals = total_weight(weight, x.rows);
    const auto weigh = [weight](I i) { return weight[i]; };
    for (std::size_t k = 0; k < count; ++k) {
        const SparseColumn<T, I> one(x, column[k]);
        check_interrupt(static_cast<std::size_t>(2 * one.size + 1));
        double rough = 0.0;
        for (std::ptrdiff_t e = 0; e < one.size; ++e) rough += weight[one.index[e]] * one.value(e);
        // The second pass shows the rounding error of the first mean, which is subtracted.
        const Deviations about = deviations_about(one, rough, totals, weigh);
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
