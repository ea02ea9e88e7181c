// Compiled once for each instruction set; see level.hpp.
#include "bridle/loss/loss_pass.hpp"

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

// Negative gradient and curvature at one predictor after another, and their sums.
struct Evaluation {
    WeightedRows given;
    std::size_t loss;

    LossSums at(const double* predictor, double* residual, double* curvature,
                const LossTotals& totals, std::size_t m) const {
        check_interrupt(8 * given.count);
        const LossSums found =
            kLosses[loss].rows(given, predictor, Curvature::own, residual, curvature);
        totals.value[m] = found.value;
        totals.residual[m] = found.residual;
        totals.curvature[m] = found.curvature;
        totals.pearson[m] = found.pearson;
        return found;
    }
};

}  // namespace

void loss_pass(const LossRows& rows, const double* eta, std::size_t count, double* memory,
               double* dual, std::size_t stride, const LossTotals& totals) {
    const Evaluation evaluation{{rows.rows, rows.parameter, rows.weight, rows.y}, rows.loss};
    double* residual = memory;
    double* curvature = memory + kTogether * rows.rows;
    for (std::size_t first = 0; first < count; first += kTogether) {
        const std::size_t together = count - first < kTogether ? count - first : kTogether;
        double shift[kTogether] = {};
        for (std::size_t k = 0; k < together; ++k) {
            const std::size_t m = first + k, at = k * rows.rows;
            const LossSums found =
                evaluation.at(eta + m * rows.rows, residual + at, curvature + at, totals, m);
            if (rows.fit_intercept && found.curvature > 0.0)
                shift[k] = found.residual / found.curvature;
        }
        write_rows(residual, curvature, shift, together, rows.rows, dual + first, stride);
    }
}

void loss_terms(const LossRows& rows, const double* eta, std::size_t count, double* memory,
                double* terms, std::size_t second, std::size_t stride, const LossTotals& totals) {
    const Evaluation evaluation{{rows.rows, rows.parameter, rows.weight, rows.y}, rows.loss};
    double* residual = memory;
    double* curvature = memory + kTogether * rows.rows;
    const double nothing[kTogether] = {};
    for (std::size_t first = 0; first < count; first += kTogether) {
        const std::size_t together = count - first < kTogether ? count - first : kTogether;
        for (std::size_t k = 0; k < together; ++k) {
            const std::size_t m = first + k, at = k * rows.rows;
            evaluation.at(eta + m * rows.rows, residual + at, curvature + at, totals, m);
        }
        write_rows(residual, curvature, nothing, together, rows.rows, terms + first, stride);
        write_rows(curvature, residual, nothing, together, rows.rows, terms + second + first,
                   stride);
    }
}

}  // namespace bridle::BRIDLE_LEVEL
