// Tests of the kernels against plain loops, without Python. Prints all failures; exits with 1 if
// any.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "bridle/descent/coordinate_descent.hpp"
#include "bridle/kernels.hpp"

namespace {

int failures = 0;

void check(bool holds, const char* law, const char* detail) {
    if (holds) return;
    ++failures;
    std::fprintf(stderr, "FAILED: %s (%s)\n", law, detail);
}

bool close(double a, double b, double tolerance) {
    return std::fabs(a - b) <= tolerance * (1.0 + std::fabs(a) + std::fabs(b));
}

// A matrix in one of the layouts, and the same numbers row by row.
template <class T>
struct Case {
    const char* name;
    std::ptrdiff_t rows;
    std::ptrdiff_t columns;
    std::vector<T> memory;
    bridle::DenseView<T> view;

    double at(std::ptrdiff_t i, std::ptrdiff_t j) const {
        return static_cast<double>(view.data[i * view.row_stride + j * view.column_stride]);
    }
};

template <class T>
Case<T> make_case(const char* name, std::ptrdiff_t rows, std::ptrdiff_t columns,
                  std::ptrdiff_t row_stride, std::ptrdiff_t column_stride) {
    std::mt19937_64 engine(7);
    std::normal_distribution<double> normal;
    Case<T> made{name, rows, columns, {}, {}};
    const std::ptrdiff_t extent =
        rows * std::abs(row_stride) + columns * std::abs(column_stride) + 1;
    made.memory.resize(static_cast<std::size_t>(extent));
    for (T& value : made.memory) value = static_cast<T>(normal(engine));
    const T* first = made.memory.data();
    if (row_stride < 0) first -= (rows - 1) * row_stride;
    if (column_stride < 0) first -= (columns - 1) * column_stride;
    made.view = {first, rows, columns, row_stride, column_stride};
    return made;
}

struct Setting {
    std::vector<std::int64_t> column;
    std::vector<double> weight, center, scale, curvature, l1, l2, lower, upper, coef, residual;

    bridle::Coordinates list() const {
        return {column.data(), column.size(), center.data(), scale.data(), curvature.data(),
                l1.data(),     l2.data(),     lower.data(),  upper.data()};
    }
};

template <class T>
Setting make_setting(const Case<T>& x) {
    const double inf = std::numeric_limits<double>::infinity();
    std::mt19937_64 engine(11);
    std::normal_distribution<double> normal;
    Setting made;
    made.column = {2, 0, x.columns - 1};
    made.center = {0.3, -0.2, 0.0};
    made.scale = {1.5, 0.5, 1.0};
    made.l1 = {0.5, 0.0, 0.1};
    made.l2 = {0.0, 1.0, 0.2};
    made.lower = {-inf, -0.1, -inf};
    made.upper = {inf, 0.1, 0.05};
    made.coef = {0.4, 0.0, -0.2};
    for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
        made.weight.push_back(i == 1 ? 0.0 : 0.5 + std::fabs(normal(engine)));
        made.residual.push_back(normal(engine));
    }
    for (std::size_t k = 0; k < made.column.size(); ++k) {
        double sum = 0.0;
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
            const double value = (x.at(i, made.column[k]) - made.center[k]) / made.scale[k];
            sum += made.weight[static_cast<std::size_t>(i)] * value * value;
        }
        made.curvature.push_back(sum);
    }
    return made;
}

template <class T>
double objective(const Setting& s) {
    double total = 0.0;
    for (std::size_t i = 0; i < s.residual.size(); ++i) {
        total += 0.5 * s.weight[i] * s.residual[i] * s.residual[i];
    }
    for (std::size_t k = 0; k < s.coef.size(); ++k) {
        total += s.l1[k] * std::fabs(s.coef[k]) + 0.5 * s.l2[k] * s.coef[k] * s.coef[k];
    }
    return total;
}

template <class T>
void naive_sweep(const Case<T>& x, Setting& s) {
    for (std::size_t k = 0; k < s.column.size(); ++k) {
        std::vector<double> column;
        double residual = s.curvature[k] * s.coef[k];
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
            column.push_back((x.at(i, s.column[k]) - s.center[k]) / s.scale[k]);
            const auto row = static_cast<std::size_t>(i);
            residual += s.weight[row] * column[row] * s.residual[row];
        }
        const double size = std::fmax(std::fabs(residual) - s.l1[k], 0.0);
        double next = std::copysign(size, residual) / (s.curvature[k] + s.l2[k]);
        next = std::fmin(std::fmax(next, s.lower[k]), s.upper[k]);
        for (std::size_t i = 0; i < column.size(); ++i) {
            s.residual[i] -= (next - s.coef[k]) * column[i];
        }
        s.coef[k] = next;
    }
}

template <class T>
void test_descend(const Case<T>& x) {
    const auto& kernels = bridle::kernels().of<T>();
    Setting fast = make_setting(x);
    Setting slow = fast;
    for (int sweep = 0; sweep < 5; ++sweep) {
        const double before = objective<T>(fast);
        const bridle::Sweeps done = kernels.descend(x.view, fast.weight.data(), fast.list(),
                                                    fast.coef.data(), fast.residual.data(), 1, 0.0);
        naive_sweep(x, slow);
        check(done.done == 1, "a limit of one sweep is one sweep", x.name);
        check(objective<T>(fast) <= before + 1e-12, "a sweep never raises the objective", x.name);
        for (std::size_t k = 0; k < fast.coef.size(); ++k) {
            check(close(fast.coef[k], slow.coef[k], 1e-12), "coefficients match the loop", x.name);
        }
        for (std::size_t i = 0; i < fast.residual.size(); ++i) {
            check(close(fast.residual[i], slow.residual[i], 1e-12), "residuals match the loop",
                  x.name);
        }
    }
    const bridle::Sweeps last =
        kernels.descend(x.view, fast.weight.data(), fast.list(), fast.coef.data(),
                        fast.residual.data(), 100000, 1e-20);
    check(last.done < 100000 && last.largest_gain <= 1e-20, "descent ends", x.name);
    const bridle::Sweeps none = kernels.descend(x.view, fast.weight.data(), fast.list(),
                                                fast.coef.data(), fast.residual.data(), 0, 0.0);
    check(none.done == 0, "a limit of no sweep is no sweep", x.name);
}

template <class T>
void test_moments(const Case<T>& x) {
    Setting s = make_setting(x);
    double total = 0.0;
    for (const double one : s.weight) total += one;
    for (double& one : s.weight) one /= total;
    std::vector<double> mean(3), variance(3);
    bridle::kernels().of<T>().moments(x.view, s.weight.data(), s.column.data(), 3, mean.data(),
                                      variance.data());
    for (std::size_t k = 0; k < 3; ++k) {
        double first = 0.0;
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
            first += s.weight[static_cast<std::size_t>(i)] * x.at(i, s.column[k]);
        }
        double second = 0.0;
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
            const double d = x.at(i, s.column[k]) - first;
            second += s.weight[static_cast<std::size_t>(i)] * d * d;
        }
        check(close(mean[k], first, 1e-13), "means match the loop", x.name);
        check(close(variance[k], second, 1e-12), "variances match the loop", x.name);
    }
}

template <class T>
void test_constant_column() {
    const std::ptrdiff_t rows = 100000;
    std::vector<T> data(static_cast<std::size_t>(rows), static_cast<T>(0.1));
    const std::vector<double> weight(data.size(), 1.0 / static_cast<double>(rows));
    const std::int64_t column = 0;
    double mean = 0.0, variance = 1.0;
    const bridle::DenseView<T> view{data.data(), rows, 1, 1, rows};
    bridle::kernels().of<T>().moments(view, weight.data(), &column, 1, &mean, &variance);
    check(variance == 0.0, "a constant column has no variance", "100,000 rows of 0.1");
}

template <class T>
void test_column_without_curvature() {
    const Case<T> x = make_case<T>("no curvature", 9, 4, 1, 9);
    Setting s = make_setting(x);
    s.curvature[0] = 0.0;
    s.column.resize(1);
    const std::vector<double> before = s.residual;
    bridle::kernels().of<T>().descend(x.view, s.weight.data(), s.list(), s.coef.data(),
                                      s.residual.data(), 3, 0.0);
    check(s.coef[0] == 0.0, "a column without curvature gets 0", "no curvature");
    check(s.residual == before, "a column without curvature leaves the residual", "no curvature");
}

template <class T>
void test_all() {
    const Case<T> cases[] = {
        make_case<T>("Fortran order", 37, 5, 1, 37),
        make_case<T>("C order", 37, 5, 5, 1),
        make_case<T>("strided", 37, 5, 3, 120),
        make_case<T>("negative rows", 37, 5, -1, 37),
        make_case<T>("negative columns", 37, 5, 1, -37),
        make_case<T>("two rows", 2, 5, 1, 2),
    };
    for (const Case<T>& one : cases) {
        test_descend(one);
        test_moments(one);
    }
    test_constant_column<T>();
    test_column_without_curvature<T>();
}

}  // namespace

int main() {
    test_all<double>();
    test_all<float>();
    std::printf("level %s: %d failures\n", bridle::kernels().level, failures);
    return failures == 0 ? 0 : 1;
}
