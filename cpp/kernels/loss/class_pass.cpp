// Compiled once for each instruction set; see level.hpp.
#include "bridle/loss/class_pass.hpp"

#include "arithmetic/scalar.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "loss/softmax.hpp"

namespace bridle::BRIDLE_LEVEL {

bool solve_definite(double* matrix, std::size_t size, double* right);

namespace {

constexpr double kInfinite = __builtin_huge_val();

// Sums over the rows: of the negative gradient (classes) and of the curvature (classes x classes).
void sum_rows(const ClassRows& given, const double* probability, double* residual,
              double* curvature) {
    const std::size_t n = given.rows, classes = given.classes;
    const double* w = given.weight;
    check_interrupt(given.size() * classes / 2);
    for (std::size_t k = 0; k < classes; ++k) curvature[k * classes + k] = 0.0;
    for (std::size_t k = 0; k < classes; ++k) {
        const double *p = probability + k * n, *y = given.y + k * n;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (std::size_t i = 0; i < n; ++i) sum += w[i] * (y[i] - p[i]);
        residual[k] = sum;
        for (std::size_t l = 0; l < k; ++l) {
            const double* q = probability + l * n;
            double both = 0.0;
#pragma omp simd reduction(+ : both)
            for (std::size_t i = 0; i < n; ++i) both += w[i] * p[i] * q[i];
            curvature[k * classes + l] = curvature[l * classes + k] = -both;
            // Rows of the curvature sum to 0: its diagonal as a sum has no cancellation.
            curvature[k * classes + k] += both;
            curvature[l * classes + l] += both;
        }
    }
}

struct Step {
    double span;   // largest minus smallest number
    double moved;  // squared length in the metric of the curvature
};

// Overwrites the sums of the negative gradient with Newton's step of the intercepts. A common shift
// has no curvature, so the class of the largest one stays.
Step intercept_step(std::size_t classes, double* residual, double* curvature, double* memory) {
    std::size_t fixed = 0, rest = 0;
    for (std::size_t k = 1; k < classes; ++k) {
        if (curvature[k * classes + k] > curvature[fixed * classes + fixed]) fixed = k;
    }
    double *right = memory, *sums = memory + classes;
    for (std::size_t k = 0; k < classes; ++k) {
        sums[k] = residual[k];
        if (k == fixed) continue;
        right[rest] = residual[k];
        std::size_t column = 0;
        for (std::size_t l = 0; l < classes; ++l) {
            if (l == fixed) continue;
            curvature[rest * (classes - 1) + column++] = curvature[k * classes + l];
        }
        ++rest;
    }
    if (!solve_definite(curvature, rest, right)) {
        for (std::size_t k = 0; k < classes; ++k) residual[k] = 0.0;
        return {kInfinite, 0.0};
    }
    double low = 0.0, high = 0.0, moved = 0.0;
    for (std::size_t k = 0, at = 0; k < classes; ++k) {
        residual[k] = k == fixed ? 0.0 : right[at++];
        if (residual[k] < low) low = residual[k];
        if (residual[k] > high) high = residual[k];
        moved += residual[k] * sums[k];
    }
    return {high - low, moved > 0.0 ? moved : 0.0};
}

// Turns probabilities into negative dual points: w (y - p - (p_k step_k - p_k sum_l p_l step_l)).
void write_dual(const ClassRows& given, const double* step, double* probability, double* mixed) {
    const std::size_t n = given.rows;
    const double* w = given.weight;
    for (std::size_t i = 0; i < n; ++i) mixed[i] = 0.0;
    for (std::size_t k = 0; k < given.classes; ++k) {
        const double* p = probability + k * n;
#pragma omp simd
        for (std::size_t i = 0; i < n; ++i) mixed[i] += step[k] * p[i];
    }
    for (std::size_t k = 0; k < given.classes; ++k) {
        double* p = probability + k * n;
        const double* y = given.y + k * n;
#pragma omp simd
        for (std::size_t i = 0; i < n; ++i) {
            p[i] = w[i] * (y[i] - p[i] - p[i] * (step[k] - mixed[i]));
        }
    }
}

// Interleaves the predictors of a block.
void write_block(const ClassRows& given, const double* block, std::size_t together,
                 std::size_t count, double* dual, std::size_t stride) {
    check_interrupt(given.size() * together);
    for (std::size_t k = 0; k < given.classes; ++k) {
        for (std::size_t i = 0; i < given.rows; ++i) {
            double* out = dual + i * stride + k * count;
            const double* in = block + k * given.rows + i;
            for (std::size_t m = 0; m < together; ++m) out[m] = in[m * given.size()];
        }
    }
}

}  // namespace

void class_pass(const ClassRows& rows, const double* eta, std::size_t count, double* memory,
                double* dual, std::size_t stride, const ClassTotals& totals) {
    double* block = memory;
    double* scratch = block + kClassPassTogether * rows.size();
    double* sums = scratch + 2 * rows.rows;
    double* curvature = sums + 3 * rows.classes;
    for (std::size_t first = 0; first < count; first += kClassPassTogether) {
        const std::size_t rest = count - first;
        const std::size_t together = rest < kClassPassTogether ? rest : kClassPassTogether;
        for (std::size_t slot = 0; slot < together; ++slot) {
            const std::size_t m = first + slot;
            double* probability = block + slot * rows.size();
            const SoftmaxSums found =
                softmax_rows(rows, eta + m * rows.size(), probability, scratch);
            sum_rows(rows, probability, sums, curvature);
            double largest = 0.0;
            for (std::size_t k = 0; k < rows.classes; ++k) {
                if (!(magnitude(sums[k]) <= largest)) largest = magnitude(sums[k]);
                if (!rows.fit_intercept) sums[k] = 0.0;
            }
            const Step step = rows.fit_intercept ? intercept_step(rows.classes, sums, curvature,
                                                                  sums + rows.classes)
                                                 : Step{0.0, 0.0};
            write_dual(rows, sums, probability, scratch);
            totals.value[m] = found.value;
            totals.residual[m] = largest;
            totals.span[m] = step.span;
            totals.moved[m] = step.moved;
            totals.pearson[m] = found.pearson;
        }
        write_block(rows, block, together, count, dual + first, stride);
    }
}

}  // namespace bridle::BRIDLE_LEVEL
