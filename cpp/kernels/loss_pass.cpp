// Compiled once for each instruction set; see level.hpp.
#include "bridle/loss_pass.hpp"

#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "vector_math.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

struct Totals {
    double value;
    double pull;
    double curvature;
    double misfit;
};

Totals squared(const LossRows& rows, const double* eta, double* pull, double* bend) {
    double sum = 0.0, misfit = 0.0, total = 0.0;
    const double *w = rows.weight, *y = rows.y;
#pragma omp simd reduction(+ : sum, misfit, total)
    for (std::size_t i = 0; i < rows.rows; ++i) {
        const double r = y[i] - eta[i];
        pull[i] = w[i] * r;
        bend[i] = w[i];
        sum += w[i] * r;
        misfit += w[i] * r * r;
        total += w[i];
    }
    return {0.5 * misfit, sum, total, misfit};
}

// Stands for a curvature that is too small to be told from 0.
constexpr double kTiny = 1e-300;

Totals logistic(const LossRows& rows, const double* eta, double* pull, double* bend) {
    double value = 0.0, sum = 0.0, misfit = 0.0, total = 0.0;
    const double *w = rows.weight, *y = rows.y;
#pragma omp simd reduction(+ : value, sum, misfit, total)
    for (std::size_t i = 0; i < rows.rows; ++i) {
        const bool positive = eta[i] >= 0.0;
        const double size = positive ? eta[i] : -eta[i];
        const double e = exponential(-size);
        const double inverse = 1.0 / (1.0 + e);
        const double unlikely = e * inverse;
        const double missing = positive ? 1.0 - y[i] : y[i];
        // y less the probability, without losing the digits of a small difference.
        const double residual = positive ? unlikely - missing : missing - unlikely;
        const double curvature = unlikely * inverse;
        pull[i] = w[i] * residual;
        bend[i] = w[i] * curvature;
        sum += w[i] * residual;
        total += w[i] * curvature;
        value += w[i] * (log_one_plus(e) + missing * size);
        const double some = curvature < kTiny ? kTiny : curvature;
        misfit += w[i] * (residual * residual / some);
    }
    return {value, sum, total, misfit};
}

// Predictors at a time, so that a row of `dual` is written along memory.
constexpr std::size_t kTogether = 8;

void write_rows(const double* pull, const double* bend, const double* shift, std::size_t together,
                std::size_t rows, double* dual, std::size_t stride) {
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t m = 0; m < together; ++m) {
            dual[i * stride + m] = pull[m * rows + i] - shift[m] * bend[m * rows + i];
        }
    }
}

}  // namespace

void loss_pass(const LossRows& rows, const double* eta, std::size_t count, double* memory,
               double* dual, std::size_t stride, const LossTotals& totals) {
    double* pull = memory;
    double* bend = memory + kTogether * rows.rows;
    for (std::size_t first = 0; first < count; first += kTogether) {
        const std::size_t together = count - first < kTogether ? count - first : kTogether;
        double shift[kTogether] = {};
        for (std::size_t k = 0; k < together; ++k) {
            const std::size_t m = first + k, at = k * rows.rows;
            check_interrupt(8 * rows.rows);
            const double* one = eta + m * rows.rows;
            const Totals found = rows.loss == LossKind::squared
                                     ? squared(rows, one, pull + at, bend + at)
                                     : logistic(rows, one, pull + at, bend + at);
            if (rows.fit_intercept && found.curvature > 0.0)
                shift[k] = found.pull / found.curvature;
            totals.value[m] = found.value;
            totals.pull[m] = found.pull;
            totals.curvature[m] = found.curvature;
            totals.misfit[m] = found.misfit;
        }
        write_rows(pull, bend, shift, together, rows.rows, dual + first, stride);
    }
}

}  // namespace bridle::BRIDLE_LEVEL
