// Compiled once for each instruction set, with BRIDLE_LEVEL naming it. Everything lives in an
// unnamed namespace and no std:: template is instantiated here: the linker would be free to keep
// the copy of the highest level for everyone, and older processors would meet instructions that
// they lack.
#include "bridle/kernels.hpp"

#ifndef BRIDLE_LEVEL
#error "BRIDLE_LEVEL must name the instruction set"
#endif
#define BRIDLE_CONCAT_(a, b) a##b
#define BRIDLE_CONCAT(a, b) BRIDLE_CONCAT_(a, b)
#define BRIDLE_TEXT_(a) #a
#define BRIDLE_TEXT(a) BRIDLE_TEXT_(a)

namespace bridle {
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

double magnitude(double value) { return value < 0.0 ? -value : value; }

double soft(double value, double threshold) {
    if (value > threshold) return value - threshold;
    if (value < -threshold) return value + threshold;
    return 0.0;
}

double clip(double value, double lower, double upper) {
    if (value < lower) return lower;
    if (value > upper) return upper;
    return value;
}

// One exact minimisation over coordinate k; returns what it gained.
template <class T>
double step(const DenseView<T>& x, const double* weight, const Coordinates& list, std::size_t k,
            double* coef, double* residual) {
    const double bend = list.curvature[k] + list.l2[k];
    if (!(list.curvature[k] > 0.0)) {
        // A constant column cannot explain anything: its best coefficient is 0, and stays it.
        coef[k] = 0.0;
        return 0.0;
    }
    const T* column = x.data + list.column[k] * x.column_stride;
    const double slope =
        weighted_dot(column, x.row_stride, weight, residual, list.center[k], x.rows) /
        list.scale[k];
    const double target = soft(slope + list.curvature[k] * coef[k], list.l1[k]) / bend;
    const double next = clip(target, list.lower[k], list.upper[k]);
    const double change = next - coef[k];
    if (change == 0.0) return 0.0;
    coef[k] = next;
    subtract(column, x.row_stride, change / list.scale[k], list.center[k], residual, x.rows);
    return bend * change * change;
}

template <class T>
Sweeps descend(const DenseView<T>& x, const double* weight, const Coordinates& list, double* coef,
               double* residual, std::int64_t limit, double tolerance) {
    Sweeps sweeps{0, 0.0};
    while (sweeps.done < limit) {
        sweeps.largest_gain = 0.0;
        for (std::size_t k = 0; k < list.count; ++k) {
            const double gain = step(x, weight, list, k, coef, residual);
            if (gain > sweeps.largest_gain) sweeps.largest_gain = gain;
        }
        ++sweeps.done;
        if (sweeps.largest_gain <= tolerance) break;
    }
    return sweeps;
}

// A standard deviation below this share of the mean is what rounding leaves of a constant.
constexpr double kRounding = 1e-13;

template <class T>
void moments(const DenseView<T>& x, const double* weight, const std::int64_t* column,
             std::size_t count, double* mean, double* variance) {
    for (std::size_t k = 0; k < count; ++k) {
        const T* data = x.data + column[k] * x.column_stride;
        const double rough = weighted_sum(data, x.row_stride, weight, x.rows);
        // What rounding left in the first mean shows in the second pass, and is taken off.
        const Deviations about = weighted_deviations(data, x.row_stride, weight, rough, x.rows);
        mean[k] = rough + about.sum;
        const double spread = about.squares - about.sum * about.sum;
        const double size = kRounding * magnitude(mean[k]);
        variance[k] = spread > size * size ? spread : 0.0;
    }
}

}  // namespace

extern const Kernels BRIDLE_CONCAT(kernels_, BRIDLE_LEVEL);
const Kernels BRIDLE_CONCAT(kernels_, BRIDLE_LEVEL) = {
    BRIDLE_TEXT(BRIDLE_LEVEL),
    {&descend<double>, &moments<double>},
    {&descend<float>, &moments<float>},
};

}  // namespace bridle
