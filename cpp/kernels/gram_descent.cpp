// Compiled once for each instruction set; see level.hpp.
#include "bridle/gram_descent.hpp"

#include "cholesky.hpp"
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

struct Active {
    std::int64_t* index;
    std::size_t size;
};

bool inside(const GramProblem& problem, const double* coef, std::size_t j) {
    return coef[j] != 0.0 && coef[j] > problem.lower[j] && coef[j] < problem.upper[j] &&
           problem.gram[j * problem.stride + j] > 0.0;
}

Active find_active(const GramProblem& problem, const double* coef, std::int64_t* index) {
    Active active{index, 0};
    for (std::size_t j = 0; j < problem.size; ++j) {
        if (inside(problem, coef, j)) index[active.size++] = static_cast<std::int64_t>(j);
    }
    return active;
}

constexpr double kSmallestPivot = 1e-13;

// Newton's step on the active coordinates with their signs held, which is exact: the objective is
// quadratic there. Coordinates that would change sign or leave their bounds stop at that edge.
// False where nothing was done: no coordinate is active, or edges took away what the step gains.
bool finish(const GramProblem& problem, Strength strength, const Workspace& work, double* coef,
            double* slope) {
    const Active active = find_active(problem, coef, work.index);
    const std::size_t m = active.size;
    double* matrix = work.matrix;
    double* pull = work.vectors;
    double* step = work.vectors + problem.size;
    double* diagonal = work.vectors + 2 * problem.size;
    for (std::size_t a = 0; a < m; ++a) {
        const std::size_t j = static_cast<std::size_t>(active.index[a]);
        const double* row = problem.gram + j * problem.stride;
        for (std::size_t b = 0; b < m; ++b) matrix[a * m + b] = row[active.index[b]];
        const double ridge = strength.l2 * problem.factor[j];
        matrix[a * m + a] += ridge;
        diagonal[a] = matrix[a * m + a];
        const double sign = coef[j] > 0.0 ? 1.0 : -1.0;
        pull[a] = slope[j] - ridge * coef[j] - sign * strength.l1 * problem.factor[j];
        step[a] = pull[a];
    }
    if (m == 0) return false;
    factor(matrix, m, kSmallestPivot);
    solve_factored(matrix, m, step);
    bool clipped = false;
    for (std::size_t a = 0; a < m; ++a) {
        const std::size_t j = static_cast<std::size_t>(active.index[a]);
        const bool pulled = strength.l1 * problem.factor[j] > 0.0;
        const double low = pulled && coef[j] > 0.0 ? 0.0 : problem.lower[j];
        const double high = pulled && coef[j] < 0.0 ? 0.0 : problem.upper[j];
        const double next = clip(coef[j] + step[a], low, high);
        if (next != coef[j] + step[a]) {
            clipped = true;
            step[a] = next - coef[j];
        }
    }
    if (clipped) {
        // The upper triangle and the saved diagonal still hold the matrix.
        double gain = 0.0;
        for (std::size_t a = 0; a < m; ++a) {
            const double* row = matrix + a * m;
            const double across = dot(row + a + 1, step + a + 1, m - a - 1);
            gain += step[a] * (pull[a] - 0.5 * diagonal[a] * step[a] - across);
        }
        if (!(gain > 0.0)) return false;
    }
    for (std::size_t a = 0; a < m; ++a) {
        const std::size_t j = static_cast<std::size_t>(active.index[a]);
        coef[j] += step[a];
        add_row(problem.gram + j * problem.stride, step[a], slope, problem.size);
    }
    return true;
}

constexpr std::int64_t kSweepsBetween = 10;

// Descends and finishes in turn until a sweep over all coordinates gains no more than `tolerance`.
Sweeps solve(const GramProblem& problem, Strength strength, const Workspace& work, double* coef,
             double* slope, std::int64_t limit, double tolerance) {
    Sweeps total{0, 0.0};
    while (total.done < limit) {
        const std::int64_t left = limit - total.done;
        const Sweeps sweeps = descend(problem, strength, coef, slope,
                                      left < kSweepsBetween ? left : kSweepsBetween, tolerance);
        total.done += sweeps.done;
        total.largest_gain = sweeps.largest_gain;
        if (sweeps.done < kSweepsBetween) break;
        finish(problem, strength, work, coef, slope);
    }
    return total;
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

Sweeps gram_path(const GramProblem& problem, const Grid& grid, const Workspace& work,
                 const double* start, double* coef, double* slope, std::int64_t limit,
                 double tolerance) {
    Sweeps total{0, 0.0};
    const double* previous = start;
    for (std::size_t s = 0; s < grid.count; ++s) {
        double* current = coef + s * problem.size;
        for (std::size_t j = 0; j < problem.size; ++j) current[j] = previous[j];
        refresh(problem, current, slope);
        const Sweeps sweeps =
            solve(problem, {grid.l1[s], grid.l2[s]}, work, current, slope, limit, tolerance);
        total.done += sweeps.done;
        if (sweeps.largest_gain > total.largest_gain) total.largest_gain = sweeps.largest_gain;
        previous = current;
    }
    if (grid.count > 0) refresh(problem, previous, slope);
    return total;
}

}  // namespace bridle::BRIDLE_LEVEL
