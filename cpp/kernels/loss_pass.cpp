// Compiled once for each instruction set; see level.hpp.
#include "bridle/loss_pass.hpp"

#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "loss/catalogue.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// Predictors that are computed together, so that rows of `dual` are written contiguously.
constexpr std::size_t kTogether = 8;

void write_rows(const double* residual, const double* curvature, const double* shift,
                std::size_t together, std::size_t rows, double* dual, std::size_t stride) {
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t m = 0; m < together; ++m) {
            dual[i * stride + m] = residual[m * rows + i] - shift[m] * curvature[m * rows + i];
        }
    }
}

}  // namespace

void loss_pass(const LossRows& rows, const double* eta, std::size_t count, double* memory,
               double* dual, std::size_t stride, const LossTotals& totals) {
    const WeightedRows given{rows.rows, rows.parameter, rows.weight, rows.y};
    double* residual = memory;
    double* curvature = memory + kTogether * rows.rows;
    for (std::size_t first = 0; first < count; first += kTogether) {
        const std::size_t together = count - first < kTogether ? count - first : kTogether;
        double shift[kTogether] = {};
        for (std::size_t k = 0; k < together; ++k) {
            const std::size_t m = first + k, at = k * rows.rows;
            check_interrupt(8 * rows.rows);
            const double* predictor = eta + m * rows.rows;
            const LossSums found = kLosses[rows.loss].rows(given, predictor, Curvature::own,
                                                           residual + at, curvature + at);
            if (rows.fit_intercept && found.curvature > 0.0)
                shift[k] = found.residual / found.curvature;
            totals.value[m] = found.value;
            totals.residual[m] = found.residual;
            totals.curvature[m] = found.curvature;
            totals.pearson[m] = found.pearson;
        }
        write_rows(residual, curvature, shift, together, rows.rows, dual + first, stride);
    }
}

}  // namespace bridle::BRIDLE_LEVEL
