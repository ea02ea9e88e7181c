// Compiled once for each instruction set; see level.hpp.
#include "bridle/gram_descent.hpp"

#include "bound.hpp"
#include "cholesky.hpp"
#include "level.hpp"
#include "scalar.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

const double* row(const GramProblem& problem, std::size_t j) {
    return problem.gram + j * problem.stride;
}

double diagonal(const GramProblem& problem, std::size_t j) { return row(problem, j)[j]; }

// One strength: its penalty, and the point that moves towards its solution.
struct Task {
    const GramProblem& problem;
    Strength strength;
    const double* linear;
    double energy;
    double* coef;
    double* slope;  // c - G b
};

void add_row(const double* row, double step, double* slope, std::size_t size) {
#pragma omp simd
    for (std::size_t k = 0; k < size; ++k) slope[k] -= step * row[k];
}

// Four rows at once, so that the slope is read and written once for them.
void add_rows(const GramProblem& problem, const std::int64_t* index, const double* step,
              std::size_t count, double* slope) {
    std::size_t a = 0;
    for (; a + 4 <= count; a += 4) {
        const double* r0 = row(problem, static_cast<std::size_t>(index[a]));
        const double* r1 = row(problem, static_cast<std::size_t>(index[a + 1]));
        const double* r2 = row(problem, static_cast<std::size_t>(index[a + 2]));
        const double* r3 = row(problem, static_cast<std::size_t>(index[a + 3]));
        const double s0 = step[a], s1 = step[a + 1], s2 = step[a + 2], s3 = step[a + 3];
#pragma omp simd
        for (std::size_t k = 0; k < problem.size; ++k) {
            slope[k] -= s0 * r0[k] + s1 * r1[k] + s2 * r2[k] + s3 * r3[k];
        }
    }
    for (; a < count; ++a) {
        add_row(row(problem, static_cast<std::size_t>(index[a])), step[a], slope, problem.size);
    }
}

// One exact minimisation over coordinate j; returns what it gained.
double step(const Task& task, std::size_t j) {
    const double bend = diagonal(task.problem, j);
    // A constant column cannot explain anything.
    if (!(bend > 0.0)) return 0.0;
    const Bound bound(task.problem, task.strength, j);
    const double next = bound.best(task.slope[j] + bend * task.coef[j], bend);
    const double change = next - task.coef[j];
    if (change == 0.0) return 0.0;
    task.coef[j] = next;
    add_row(row(task.problem, j), change, task.slope, task.problem.size);
    return (bend + bound.l2) * change * change;
}

double sweep_all(const Task& task) {
    double largest = 0.0;
    for (std::size_t j = 0; j < task.problem.size; ++j) {
        const double gain = step(task, j);
        if (gain > largest) largest = gain;
    }
    return largest;
}

double sweep_active(const Task& task) {
    double largest = 0.0;
    for (std::size_t j = 0; j < task.problem.size; ++j) {
        if (task.coef[j] == 0.0) continue;
        const double gain = step(task, j);
        if (gain > largest) largest = gain;
    }
    return largest;
}

// The duality gap as if there were no other features. The loss and its conjugate fit each other at
// the point's own residual, so that only scaling it costs anything there.
double duality_gap(const Task& task) {
    const GramProblem& problem = task.problem;
    double scale = 1.0, plain = 0.0, explained = 0.0;
    for (std::size_t j = 0; j < problem.size; ++j) {
        const Bound bound(problem, task.strength, j);
        const double coef = task.coef[j], slope = task.slope[j];
        plain += bound.misfit(coef, slope);
        explained += coef * (task.linear[j] + slope);
        const double one = bound.feasible_scale(slope - bound.l2 * coef);
        if (one < scale) scale = one;
    }
    if (scale == 1.0) return plain;
    const double share = 1.0 - scale;
    const double left = task.energy - explained;
    double scaled = left > 0.0 ? 0.5 * share * share * left : 0.0;
    for (std::size_t j = 0; j < problem.size; ++j) {
        const Bound bound(problem, task.strength, j);
        scaled += bound.misfit(task.coef[j], scale * task.slope[j]);
    }
    return scaled < plain ? scaled : plain;
}

bool inside(const Task& task, std::size_t j) {
    const GramProblem& problem = task.problem;
    const double coef = task.coef[j];
    return coef != 0.0 && coef > problem.lower[j] && coef < problem.upper[j] &&
           diagonal(problem, j) > 0.0;
}

std::size_t find_active(const Task& task, std::int64_t* index) {
    std::size_t active = 0;
    for (std::size_t j = 0; j < task.problem.size; ++j) {
        if (inside(task, j)) index[active++] = static_cast<std::int64_t>(j);
    }
    return active;
}

constexpr double kSmallestPivot = 1e-13;

// The equations of the active coordinates with their signs held: the matrix, and what pulls.
void assemble(const Task& task, const Workspace& work, std::size_t active, double* pull,
              double* bend) {
    for (std::size_t a = 0; a < active; ++a) {
        const std::size_t j = static_cast<std::size_t>(work.index[a]);
        const double* from = row(task.problem, j);
        double* to = work.matrix + a * active;
        for (std::size_t b = 0; b < active; ++b) to[b] = from[work.index[b]];
        const Bound bound(task.problem, task.strength, j);
        to[a] += bound.l2;
        bend[a] = to[a];
        const double corner = task.coef[j] > 0.0 ? bound.l1 : -bound.l1;
        pull[a] = task.slope[j] - bound.l2 * task.coef[j] - corner;
    }
}

// Stops the coordinates that would change sign or leave their bounds at that edge; true if any.
bool clip_step(const Task& task, const std::int64_t* index, std::size_t active, double* step) {
    bool clipped = false;
    for (std::size_t a = 0; a < active; ++a) {
        const std::size_t j = static_cast<std::size_t>(index[a]);
        const Bound bound(task.problem, task.strength, j);
        const double coef = task.coef[j];
        const double low = bound.l1 > 0.0 && coef > 0.0 ? 0.0 : bound.lower;
        const double high = bound.l1 > 0.0 && coef < 0.0 ? 0.0 : bound.upper;
        const double next = clip(coef + step[a], low, high);
        if (next == coef + step[a]) continue;
        clipped = true;
        step[a] = next - coef;
    }
    return clipped;
}

// What a step gains; the upper triangle of the factored matrix still holds the equations.
double gain_of(const Workspace& work, std::size_t active, const double* pull, const double* bend,
               const double* step) {
    double gain = 0.0;
    for (std::size_t a = 0; a < active; ++a) {
        const double* entry = work.matrix + a * active;
        const double across = dot(entry + a + 1, step + a + 1, active - a - 1);
        gain += step[a] * (pull[a] - 0.5 * bend[a] * step[a] - across);
    }
    return gain;
}

// Newton's step on the active coordinates with their signs held, which is exact: the objective is
// quadratic there. Nothing is done where edges take away what the step gains.
void finish(const Task& task, const Workspace& work) {
    const std::size_t size = task.problem.size;
    double* pull = work.vectors;
    double* step = work.vectors + size;
    double* bend = work.vectors + 2 * size;
    const std::size_t active = find_active(task, work.index);
    if (active == 0) return;
    assemble(task, work, active, pull, bend);
    for (std::size_t a = 0; a < active; ++a) step[a] = pull[a];
    factor(work.matrix, active, kSmallestPivot);
    solve_factored(work.matrix, active, step);
    const bool clipped = clip_step(task, work.index, active, step);
    if (clipped && !(gain_of(work, active, pull, bend, step) > 0.0)) return;
    for (std::size_t a = 0; a < active; ++a) task.coef[work.index[a]] += step[a];
    add_rows(task.problem, work.index, step, active, task.slope);
}

// slope = c - G b, from scratch: rounding must not gather along the path.
void refresh(const Task& task, const Workspace& work) {
    for (std::size_t k = 0; k < task.problem.size; ++k) task.slope[k] = task.linear[k];
    std::size_t used = 0;
    for (std::size_t j = 0; j < task.problem.size; ++j) {
        if (task.coef[j] == 0.0) continue;
        work.vectors[used] = task.coef[j];
        work.index[used++] = static_cast<std::int64_t>(j);
    }
    add_rows(task.problem, work.index, work.vectors, used, task.slope);
}

// Active features up to which a finish costs next to nothing.
constexpr std::size_t kFew = 128;
constexpr std::int64_t kMostBetween = 10;

std::size_t count_active(const Task& task) {
    std::size_t active = 0;
    for (std::size_t j = 0; j < task.problem.size; ++j) active += task.coef[j] != 0.0;
    return active;
}

// As many sweeps as cost about what a factorisation costs.
std::int64_t sweeps_between(std::size_t active, std::size_t size) {
    const std::int64_t fair = static_cast<std::int64_t>(active * active / (24 * size + 1));
    return fair < 1 ? 1 : (fair > kMostBetween ? kMostBetween : fair);
}

// Descends and finishes in turn.
Sweeps solve(const Task& task, const Workspace& work, const Precision& precision,
             const Stop& stop) {
    Sweeps total{0, 0.0};
    while (total.done < precision.limit && !stop.is_set()) {
        total.largest_gain = sweep_all(task);
        ++total.done;
        const std::size_t active = count_active(task);
        const bool settled = total.largest_gain <= precision.gain;
        if (settled || (active > kFew && duality_gap(task) <= precision.gap)) break;
        // The first point continues the path: often one sweep and one finish are all it takes.
        if (total.done > 1) {
            for (std::int64_t k = sweeps_between(active, task.problem.size); k > 1; --k) {
                sweep_active(task);
                ++total.done;
            }
        }
        finish(task, work);
        if (active > kFew && duality_gap(task) <= precision.gap) break;
    }
    return total;
}

// Where a strength begins without a point of its own: on from the two solutions before it, which
// the path continues in a straight line until a sign changes.
void continue_path(const GramProblem& problem, const Grid& grid, std::size_t s, double* coef) {
    double* current = coef + s * problem.size;
    if (s == 0) {
        for (std::size_t j = 0; j < problem.size; ++j) current[j] = 0.0;
        return;
    }
    const double* last = current - problem.size;
    double share = 0.0;
    if (s > 1) {
        const double before = grid.l1[s - 2] - grid.l1[s - 1];
        share = before > 0.0 ? (grid.l1[s - 1] - grid.l1[s]) / before : 0.0;
    }
    for (std::size_t j = 0; j < problem.size; ++j) {
        double next = last[j];
        if (share > 0.0 && next != 0.0) {
            next +=
                share *
                (next -
                 last[static_cast<std::ptrdiff_t>(j) - static_cast<std::ptrdiff_t>(problem.size)]);
            if (next * last[j] < 0.0) next = 0.0;
        }
        current[j] = clip(next, problem.lower[j], problem.upper[j]);
    }
}

}  // namespace

Sweeps gram_path(const GramProblem& problem, const Grid& grid, const Workspace& work,
                 const Precision& precision, double* coef, const Stop& stop) {
    Sweeps total{0, 0.0};
    double* slope = work.vectors + 3 * problem.size;
    for (std::size_t s = grid.solved; s < grid.count && !stop.is_set(); ++s) {
        if (s >= grid.known) continue_path(problem, grid, s, coef);
        const Task task{
            problem,           {grid.l1[s], grid.l2[s]}, problem.linear + s * problem.linear_stride,
            problem.energy[s], coef + s * problem.size,  slope};
        refresh(task, work);
        const Sweeps sweeps = solve(task, work, precision, stop);
        total.done += sweeps.done;
        if (sweeps.largest_gain > total.largest_gain) total.largest_gain = sweeps.largest_gain;
    }
    return total;
}

}  // namespace bridle::BRIDLE_LEVEL
