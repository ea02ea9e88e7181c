// Compiled once for each instruction set; see level.hpp.
#include "bridle/gram_descent.hpp"

#include "level.hpp"
#include "scalar.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

struct Strength {
    double l1;
    double l2;
};

void add_row(const double* row, double step, double* slope, std::size_t size) {
#pragma omp simd
    for (std::size_t k = 0; k < size; ++k) slope[k] -= step * row[k];
}

// One exact minimisation over coordinate j; returns what it gained.
double step(const GramProblem& problem, Strength strength, std::size_t j, double* coef,
            double* slope) {
    const double diagonal = problem.gram[j * problem.stride + j];
    // A constant column cannot explain anything.
    if (!(diagonal > 0.0)) return 0.0;
    const double bend = diagonal + strength.l2 * problem.factor[j];
    const double pulled = soft(slope[j] + diagonal * coef[j], strength.l1 * problem.factor[j]);
    const double next = clip(pulled / bend, problem.lower[j], problem.upper[j]);
    const double change = next - coef[j];
    if (change == 0.0) return 0.0;
    coef[j] = next;
    add_row(problem.gram + j * problem.stride, change, slope, problem.size);
    return bend * change * change;
}

double sweep_all(const GramProblem& problem, Strength strength, double* coef, double* slope) {
    double largest = 0.0;
    for (std::size_t j = 0; j < problem.size; ++j) {
        const double gain = step(problem, strength, j, coef, slope);
        if (gain > largest) largest = gain;
    }
    return largest;
}

double sweep_active(const GramProblem& problem, Strength strength, double* coef, double* slope) {
    double largest = 0.0;
    for (std::size_t j = 0; j < problem.size; ++j) {
        if (coef[j] == 0.0) continue;
        const double gain = step(problem, strength, j, coef, slope);
        if (gain > largest) largest = gain;
    }
    return largest;
}

// Sweeps over the active coordinates until they settle, then over all, until those settle too.
Sweeps descend(const GramProblem& problem, Strength strength, double* coef, double* slope,
               std::int64_t limit, double tolerance) {
    Sweeps sweeps{0, 0.0};
    while (sweeps.done < limit) {
        sweeps.largest_gain = sweep_all(problem, strength, coef, slope);
        ++sweeps.done;
        if (sweeps.largest_gain <= tolerance) break;
        while (sweeps.done < limit) {
            const double gain = sweep_active(problem, strength, coef, slope);
            ++sweeps.done;
            if (gain <= tolerance) break;
        }
    }
    return sweeps;
}

// slope = c - G b, from scratch: rounding must not gather along the path.
void refresh(const GramProblem& problem, const double* coef, double* slope) {
    for (std::size_t k = 0; k < problem.size; ++k) slope[k] = problem.linear[k];
    for (std::size_t j = 0; j < problem.size; ++j) {
        if (coef[j] != 0.0) {
            add_row(problem.gram + j * problem.stride, coef[j], slope, problem.size);
        }
    }
}

}  // namespace

Sweeps gram_path(const GramProblem& problem, const Grid& grid, const double* start, double* coef,
                 double* slope, std::int64_t limit, double tolerance) {
    Sweeps total{0, 0.0};
    const double* previous = start;
    for (std::size_t s = 0; s < grid.count; ++s) {
        double* current = coef + s * problem.size;
        for (std::size_t j = 0; j < problem.size; ++j) current[j] = previous[j];
        refresh(problem, current, slope);
        const Sweeps sweeps =
            descend(problem, {grid.l1[s], grid.l2[s]}, current, slope, limit, tolerance);
        total.done += sweeps.done;
        if (sweeps.largest_gain > total.largest_gain) total.largest_gain = sweeps.largest_gain;
        previous = current;
    }
    if (grid.count > 0) refresh(problem, previous, slope);
    return total;
}

}  // namespace bridle::BRIDLE_LEVEL
