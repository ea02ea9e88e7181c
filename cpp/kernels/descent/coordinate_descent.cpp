// Compiled once for each instruction set; see level.hpp.
#include "bridle/descent/coordinate_descent.hpp"

#include "arithmetic/scalar.hpp"
#include "bridle/interrupt.hpp"
#include "descent/descent.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

template <class T>
double weighted_sum(const T* x, std::ptrdiff_t stride, const double* weight, std::ptrdiff_t n) {
    double sum = 0.0;
    if (stride == 1) {
#pragma omp simd reduction(+ : sum)
        for (std::ptrdiff_t i = 0; i < n; ++i) sum += weight[i] * static_cast<double>(x[i]);
    } else {
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            sum += weight[i] * static_cast<double>(x[i * stride]);
        }
    }
    return sum;
}

struct Deviations {
    double sum;
    double squares;
};

template <class T>
Deviations weighted_deviations(const T* x, std::ptrdiff_t stride, const double* weight,
                               double center, std::ptrdiff_t n) {
    double sum = 0.0;
    double squares = 0.0;
    if (stride == 1) {
#pragma omp simd reduction(+ : sum, squares)
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            const double d = static_cast<double>(x[i]) - center;
            sum += weight[i] * d;
            squares += weight[i] * d * d;
        }
    } else {
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            const double d = static_cast<double>(x[i * stride]) - center;
            sum += weight[i] * d;
            squares += weight[i] * d * d;
        }
    }
    return {sum, squares};
}

template <class T>
double weighted_dot(const T* x, std::ptrdiff_t stride, const double* weight, const double* residual,
                    double center, std::ptrdiff_t n) {
    double sum = 0.0;
    if (stride == 1) {
#pragma omp simd reduction(+ : sum)
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            sum += (static_cast<double>(x[i]) - center) * weight[i] * residual[i];
        }
    } else {
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            sum += (static_cast<double>(x[i * stride]) - center) * weight[i] * residual[i];
        }
    }
    return sum;
}

template <class T>
void subtract(const T* x, std::ptrdiff_t stride, double step, double center, double* residual,
              std::ptrdiff_t n) {
    if (stride == 1) {
#pragma omp simd
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            residual[i] -= step * (static_cast<double>(x[i]) - center);
        }
    } else {
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            residual[i] -= step * (static_cast<double>(x[i * stride]) - center);
        }
    }
}

template <class T>
struct DenseResidual {
    const DenseView<T>& x;
    const double* weight;
    const Coordinates& list;
    double* rows;

    std::size_t work(std::size_t) const { return static_cast<std::size_t>(2 * x.rows); }
    double negative_gradient(std::size_t k) const {
        return weighted_dot(column(k), x.row_stride, weight, rows, list.center[k], x.rows);
    }
    void move(std::size_t k, double step) {
        subtract(column(k), x.row_stride, step, list.center[k], rows, x.rows);
    }

  private:
    const T* column(std::size_t k) const { return x.data + list.column[k] * x.column_stride; }
};

}  // namespace

template <class T>
Sweeps descend(const DenseView<T>& x, const double* weight, const Coordinates& list, double* coef,
               double* residual, std::int64_t limit, double tolerance) {
    DenseResidual<T> rows{x, weight, list, residual};
    return descend_on(list, coef, rows, limit, tolerance);
}

// A standard deviation below this fraction of the mean is rounding: the column is constant.
constexpr double kRounding = 1e-13;

inline double settled(double spread, double mean) {
    const double size = kRounding * magnitude(mean);
    return spread > size * size ? spread : 0.0;
}

// Adjacent columns that are read together, row by row.
constexpr std::size_t kTogether = 64;

// Number of listed columns that are adjacent in memory, from `k` on.
template <class T>
std::size_t side_by_side(const DenseView<T>& x, const std::int64_t* column, std::size_t count) {
    if (x.column_stride != 1 || x.row_stride == 1) return 1;
    std::size_t width = 1;
    while (width < count && width < kTogether && column[width] == column[width - 1] + 1) ++width;
    return width;
}

template <class T>
void moments_by_rows(const DenseView<T>& x, const double* weight, std::int64_t first,
                     std::size_t width, double* mean, double* variance) {
    double rough[kTogether] = {}, sum[kTogether] = {}, squares[kTogether] = {};
    for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
        const T* row = x.data + i * x.row_stride + first;
#pragma omp simd
        for (std::size_t k = 0; k < width; ++k) rough[k] += weight[i] * static_cast<double>(row[k]);
    }
    for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
        const T* row = x.data + i * x.row_stride + first;
#pragma omp simd
        for (std::size_t k = 0; k < width; ++k) {
            const double d = static_cast<double>(row[k]) - rough[k];
            sum[k] += weight[i] * d;
            squares[k] += weight[i] * d * d;
        }
    }
    for (std::size_t k = 0; k < width; ++k) {
        mean[k] = rough[k] + sum[k];
        variance[k] = settled(squares[k] - sum[k] * sum[k], mean[k]);
    }
}

template <class T>
void moments(const DenseView<T>& x, const double* weight, const std::int64_t* column,
             std::size_t count, double* mean, double* variance) {
    for (std::size_t k = 0, width = 1; k < count; k += width) {
        width = side_by_side(x, column + k, count - k);
        check_interrupt(static_cast<std::size_t>(2 * x.rows) * width);
        if (width > 1) {
            moments_by_rows(x, weight, column[k], width, mean + k, variance + k);
            continue;
        }
        const T* data = x.data + column[k] * x.column_stride;
        const double rough = weighted_sum(data, x.row_stride, weight, x.rows);
        // The second pass shows the rounding error of the first mean, which is subtracted.
        const Deviations about = weighted_deviations(data, x.row_stride, weight, rough, x.rows);
        mean[k] = rough + about.sum;
        variance[k] = settled(about.squares - about.sum * about.sum, mean[k]);
    }
}

template Sweeps descend<double>(const DenseView<double>&, const double*, const Coordinates&,
                                double*, double*, std::int64_t, double);
template Sweeps descend<float>(const DenseView<float>&, const double*, const Coordinates&, double*,
                               double*, std::int64_t, double);
template void moments<double>(const DenseView<double>&, const double*, const std::int64_t*,
                              std::size_t, double*, double*);
template void moments<float>(const DenseView<float>&, const double*, const std::int64_t*,
                             std::size_t, double*, double*);

}  // namespace bridle::BRIDLE_LEVEL
