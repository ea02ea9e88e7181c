// Compiled once for each instruction set; see level.hpp.
#include "bridle/descent/gram_descent.hpp"

#include "arithmetic/scalar.hpp"
#include "bridle/interrupt.hpp"
#include "descent/active_factor.hpp"
#include "level.hpp"
#include "penalty/bound.hpp"

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
    double total_squares;
    double* coef;
    double* negative_gradient;  // c - G b
};

void add_row(const double* row, double step, double* negative_gradient, std::size_t size) {
#pragma omp simd
    for (std::size_t k = 0; k < size; ++k) negative_gradient[k] -= step * row[k];
}

// Four rows at once, so that `negative_gradient` is read and written only once for them.
void add_rows(const GramProblem& problem, const std::int64_t* index, const double* step,
              std::size_t count, double* negative_gradient) {
    std::size_t a = 0;
    for (; a + 4 <= count; a += 4) {
        check_interrupt(4 * problem.size);
        const double* r0 = row(problem, static_cast<std::size_t>(index[a]));
        const double* r1 = row(problem, static_cast<std::size_t>(index[a + 1]));
        const double* r2 = row(problem, static_cast<std::size_t>(index[a + 2]));
        const double* r3 = row(problem, static_cast<std::size_t>(index[a + 3]));
        const double s0 = step[a], s1 = step[a + 1], s2 = step[a + 2], s3 = step[a + 3];
#pragma omp simd
        for (std::size_t k = 0; k < problem.size; ++k) {
            negative_gradient[k] -= s0 * r0[k] + s1 * r1[k] + s2 * r2[k] + s3 * r3[k];
        }
    }
    for (; a < count; ++a) {
        add_row(row(problem, static_cast<std::size_t>(index[a])), step[a], negative_gradient,
                problem.size);
    }
}

// What a sweep over coordinates has changed.
struct Swept {
    double largest_gain = 0.0;  // of the decreases of the objective by single steps
    std::size_t crossed = 0;    // coordinates that are 0 now and were not, or the reverse
};

// Exact minimisation over coordinate j.
void step(const Task& task, std::size_t j, Swept& swept) {
    check_interrupt(1);
    const double hessian = diagonal(task.problem, j);
    // The coefficient of a constant column is 0.
    if (!(hessian > 0.0)) return;
    const Bound bound(task.problem, task.strength, j);
    const double next = bound.best(task.negative_gradient[j] + hessian * task.coef[j], hessian);
    const double change = next - task.coef[j];
    if (change == 0.0) return;
    swept.crossed += (task.coef[j] == 0.0) != (next == 0.0);
    task.coef[j] = next;
    check_interrupt(task.problem.size);
    add_row(row(task.problem, j), change, task.negative_gradient, task.problem.size);
    const double gain = (hessian + bound.l2) * change * change;
    if (gain > swept.largest_gain) swept.largest_gain = gain;
}

Swept sweep_all(const Task& task) {
    Swept swept;
    for (std::size_t j = 0; j < task.problem.size; ++j) step(task, j, swept);
    return swept;
}

// A sweep over the coordinates that the finish does not move.
Swept sweep_others(const Task& task, const ActiveFactor& active) {
    Swept swept;
    for (std::size_t j = 0; j < task.problem.size; ++j) {
        if (!active.moves(j)) step(task, j, swept);
    }
    return swept;
}

// Duality gap of the problem with these features only. At the residual, the Fenchel-Young gap of
// the loss is 0, so only scaling the residual adds to it.
double duality_gap(const Task& task) {
    const GramProblem& problem = task.problem;
    check_interrupt(16 * problem.size);
    double scale = 1.0, plain = 0.0, explained = 0.0;
    for (std::size_t j = 0; j < problem.size; ++j) {
        const Bound bound(problem, task.strength, j);
        const double coef = task.coef[j], negative_gradient = task.negative_gradient[j];
        plain += bound.fenchel_gap(coef, negative_gradient);
        explained += coef * (task.linear[j] + negative_gradient);
        const double feasible = bound.feasible_scale(negative_gradient - bound.l2 * coef);
        if (feasible < scale) scale = feasible;
    }
    if (scale == 1.0) return plain;
    const double share = 1.0 - scale;
    const double left = task.total_squares - explained;
    double scaled = left > 0.0 ? 0.5 * share * share * left : 0.0;
    for (std::size_t j = 0; j < problem.size; ++j) {
        const Bound bound(problem, task.strength, j);
        scaled += bound.fenchel_gap(task.coef[j], scale * task.negative_gradient[j]);
    }
    return scaled < plain ? scaled : plain;
}

bool inside(const Task& task, std::size_t j) {
    const GramProblem& problem = task.problem;
    const double coef = task.coef[j];
    return coef != 0.0 && coef > problem.lower[j] && coef < problem.upper[j] &&
           diagonal(problem, j) > 0.0;
}

// Negative gradient in an active coordinate, with its sign fixed.
double negative_gradient_at(const Task& task, std::size_t j) {
    const Bound bound(task.problem, task.strength, j);
    const double corner = task.coef[j] > 0.0 ? bound.l1 : -bound.l1;
    return task.negative_gradient[j] - bound.l2 * task.coef[j] - corner;
}

// Largest decrease of the objective by a step along one active coordinate.
double largest_left(const Task& task, const ActiveFactor& active) {
    double largest = 0.0;
    for (std::size_t a = 0; a < active.size(); ++a) {
        const std::size_t j = active.at(a);
        if (!active.moves(j)) continue;
        const Bound bound(task.problem, task.strength, j);
        const double negative = negative_gradient_at(task, j);
        const double gain = negative * negative / (diagonal(task.problem, j) + bound.l2);
        if (gain > largest) largest = gain;
    }
    return largest;
}

struct Edges {
    double low;
    double high;
};

// Limits within which a coordinate keeps its sign and its bounds.
Edges edges(const Task& task, std::size_t j) {
    const Bound bound(task.problem, task.strength, j);
    const bool cornered = bound.l1 > 0.0;
    return {cornered && task.coef[j] > 0.0 ? 0.0 : bound.lower,
            cornered && task.coef[j] < 0.0 ? 0.0 : bound.upper};
}

// A step of the active coordinates, with one entry per coordinate.
struct Step {
    double* whole;    // Newton's step
    double* cut;      // the same, cut at the edges
    double* goal;     // the coordinates after the step
    double* given;    // negative gradients
    double* product;  // Hessian times step
};

// Cuts the step of each coordinate at its edge. Returns the fraction of the whole step at which the
// first edge is met; 1 if none is.
double cut_step(const Task& task, const ActiveFactor& active, const Step& step) {
    double share = 1.0;
    for (std::size_t a = 0; a < active.size(); ++a) {
        const std::size_t j = active.at(a);
        const Edges edge = edges(task, j);
        const double coef = task.coef[j], next = coef + step.whole[a];
        step.goal[a] = clip(next, edge.low, edge.high);
        step.cut[a] = step.whole[a];
        if (step.goal[a] == next) continue;
        step.cut[a] = step.goal[a] - coef;
        const double feasible = step.cut[a] / step.whole[a];
        if (feasible < share) share = feasible;
    }
    return share;
}

// Ends the whole step at the first edge, exactly on it for the coordinates that meet it.
void shorten_step(const Task& task, const ActiveFactor& active, double share, const Step& step) {
    for (std::size_t a = 0; a < active.size(); ++a) {
        const std::size_t j = active.at(a);
        const Edges edge = edges(task, j);
        const bool meets = step.cut[a] != step.whole[a] && step.cut[a] / step.whole[a] <= share;
        // Rounding must not move a coordinate beyond its edge.
        if (!meets) step.goal[a] = clip(task.coef[j] + share * step.whole[a], edge.low, edge.high);
        step.product[a] = share * step.given[a];
    }
}

// Decrease of the objective by the cut step.
double gain_of(const ActiveFactor& active, const Step& step) {
    double gain = 0.0;
    for (std::size_t a = 0; a < active.size(); ++a) {
        gain += step.cut[a] * (step.given[a] - 0.5 * step.product[a]);
    }
    return gain;
}

// Updates the negative gradient after the listed coordinates have moved.
void follow_moves(const Task& task, std::int64_t* index, std::size_t count, const double* before,
                  double* change) {
    std::size_t moved = 0;
    for (std::size_t a = 0; a < count; ++a) {
        const std::size_t j = static_cast<std::size_t>(index[a]);
        change[moved] = task.coef[j] - before[j];
        if (change[moved] != 0.0) index[moved++] = index[a];
    }
    add_rows(task.problem, index, change, moved, task.negative_gradient);
}

// Newton's steps on the active coordinates with fixed signs. The objective is quadratic there, so a
// whole step is exact. A step that meets edges is cut coordinate by coordinate or, if that does not
// decrease the objective, as a whole at the first edge. Coordinates at an edge leave the active
// set, and the others take another step.
void finish(const Task& task, const Workspace& work, ActiveFactor& active) {
    const std::size_t size = task.problem.size;
    double* before = work.vectors;
    double* negative = work.vectors + size;
    double* lists = work.vectors + 3 * size;
    const Step step{lists, lists + size, lists + 2 * size, lists + 3 * size, lists + 4 * size};
    const auto wanted = [&](std::size_t j) { return inside(task, j); };
    const auto ridge = [&](std::size_t j) { return Bound(task.problem, task.strength, j).l2; };
    active.follow(wanted, ridge);
    const std::size_t count = active.size();
    for (std::size_t a = 0; a < count; ++a) {
        const std::size_t j = active.at(a);
        work.index[a] = static_cast<std::int64_t>(j);
        before[j] = task.coef[j];
        negative[j] = negative_gradient_at(task, j);
    }
    while (active.size() > 0) {
        for (std::size_t a = 0; a < active.size(); ++a) step.given[a] = negative[active.at(a)];
        active.solve(ridge, step.given, step.whole);
        const double share = cut_step(task, active, step);
        const bool whole = share == 1.0;
        if (!whole) {
            active.multiply(ridge, step.cut, step.product);
            if (!(gain_of(active, step) > 0.0)) shorten_step(task, active, share, step);
        }
        for (std::size_t a = 0; a < active.size(); ++a) task.coef[active.at(a)] = step.goal[a];
        if (whole) break;
        for (std::size_t a = 0; a < active.size(); ++a) negative[active.at(a)] -= step.product[a];
        active.follow(wanted, ridge);
    }
    follow_moves(task, work.index, count, before, step.whole);
}

// negative_gradient = c - G b, computed afresh, so that rounding errors do not accumulate along the
// path.
void refresh(const Task& task, const Workspace& work) {
    for (std::size_t k = 0; k < task.problem.size; ++k) task.negative_gradient[k] = task.linear[k];
    std::size_t used = 0;
    for (std::size_t j = 0; j < task.problem.size; ++j) {
        if (task.coef[j] == 0.0) continue;
        work.vectors[used] = task.coef[j];
        work.index[used++] = static_cast<std::int64_t>(j);
    }
    add_rows(task.problem, work.index, work.vectors, used, task.negative_gradient);
}

std::size_t active_count(const Task& task) {
    std::size_t count = 0;
    for (std::size_t j = 0; j < task.problem.size; ++j) count += task.coef[j] != 0.0;
    return count;
}

// Number of active features up to which a finish costs almost nothing.
constexpr std::size_t kFew = 128;

// Whether the gap is small enough to stop without another finish, if that is costly.
bool is_near(const Task& task, const Precision& precision) {
    return active_count(task) > kFew && duality_gap(task) <= precision.gap;
}

// Most sweeps without a largest gain below this fraction of the smallest so far; only rounding is
// left then. Among nearly collinear features, rounding of the gradients would gain more than the
// wanted precision for ever.
constexpr int kMostIdle = 50;
constexpr double kSmaller = 0.9;

// Shares of the active coordinates that come and go in a sweep: above one the start was far, below
// the other it is near. A coordinate that leaves in a finish costs as much as a sweep.
constexpr std::size_t kFar = 4;
constexpr std::size_t kSettled = 64;
constexpr int kMostSweeps = 20;

// From a far start, sweeps until few coordinates come and go.
void settle(const Task& task, const Precision& precision, Swept& swept, Sweeps& total) {
    if (swept.crossed * kFar <= active_count(task)) return;
    for (int more = 0; more < kMostSweeps && total.done < precision.sweeps; ++more) {
        if (!(swept.largest_gain > precision.gap)) return;
        swept = sweep_all(task);
        ++total.done;
        if (swept.crossed * kSettled <= active_count(task)) return;
    }
}

// Alternates coordinate descent and Newton's finish.
Sweeps solve(const Task& task, const Workspace& work, const Precision& precision,
             ActiveFactor& active) {
    Swept swept = sweep_all(task);
    Sweeps total{1, 0.0};
    settle(task, precision, swept, total);
    total.largest_gain = swept.largest_gain;
    double least = total.largest_gain;
    int idle = 0;
    while (total.largest_gain > precision.gain && !is_near(task, precision)) {
        finish(task, work, active);
        if (total.done >= precision.sweeps || is_near(task, precision)) break;
        const double left = largest_left(task, active);
        // A factor that was updated many times may have lost digits: factor again.
        if (left > precision.gain) active.forget();
        swept = sweep_others(task, active);
        total.largest_gain = swept.largest_gain;
        if (left > total.largest_gain) total.largest_gain = left;
        ++total.done;
        ++idle;
        if (total.largest_gain < kSmaller * least) {
            least = total.largest_gain;
            idle = 0;
        }
        if (idle == kMostIdle) break;
    }
    return total;
}

// The start of a strength without one: the linear extrapolation of the two solutions before, each
// coefficient at most to 0.
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
                 const Precision& precision, double* coef) {
    Sweeps total{0, 0.0};
    double* negative_gradient = work.vectors + 2 * problem.size;
    ActiveFactor active(problem.gram, problem.stride, problem.size, work.matrix, work.active,
                        work.vectors + 8 * problem.size);
    for (std::size_t s = grid.solved; s < grid.count; ++s) {
        if (s >= grid.known) continue_path(problem, grid, s, coef);
        const Task task{problem,
                        {grid.l1[s], grid.l2[s]},
                        problem.linear + s * problem.linear_stride,
                        problem.total_squares[s],
                        coef + s * problem.size,
                        negative_gradient};
        refresh(task, work);
        const Sweeps sweeps = solve(task, work, precision, active);
        total.done += sweeps.done;
        if (sweeps.largest_gain > total.largest_gain) total.largest_gain = sweeps.largest_gain;
    }
    return total;
}

}  // namespace bridle::BRIDLE_LEVEL
