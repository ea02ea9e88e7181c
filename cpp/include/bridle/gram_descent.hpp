// Coordinate descent with a second-order finish on a Gram matrix, along a grid of strengths.
//
// At strength s it minimises   1/2 b'Gb - c'b + sum_j l1_s v_j |b_j| + 1/2 l2_s v_j b_j^2
// subject to lower_j <= b_j <= upper_j, starting from the solution at the strength before.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/coordinate_descent.hpp"

namespace bridle {

struct GramProblem {
    const double* gram;  // row-major, symmetric
    std::size_t stride;
    std::size_t size;
    const double* linear;
    const double* factor;
    const double* lower;
    const double* upper;
};

// Memory that the caller lends.
struct Workspace {
    double* matrix;       // size x size
    double* vectors;      // 3 x size
    std::int64_t* index;  // size
};

struct Grid {
    const double* l1;
    const double* l2;
    std::size_t count;
};

// `coef` holds count rows of `size`; row s receives the solution at strength s. `start` is the
// solution to begin from. `slope` receives c - G b of the last strength. Returns the sweeps done,
// and the largest gain of a last sweep over all strengths.
using GramPathFn = Sweeps (*)(const GramProblem& problem, const Grid& grid, const Workspace& work,
                              const double* start, double* coef, double* slope, std::int64_t limit,
                              double tolerance);

}  // namespace bridle
