// Coordinate descent with a Newton finish on a Gram matrix, along a grid of strengths.
//
// At strength s it minimises   1/2 b'Gb - c_s'b + sum_j l1_s v_j |b_j| + 1/2 l2_s v_j b_j^2
// subject to lower_j <= b_j <= upper_j.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/descent/coordinate_descent.hpp"
#include "bridle/path/grid.hpp"

namespace bridle {

struct GramProblem {
    const double* gram;  // row-major, symmetric
    std::size_t stride;
    std::size_t size;
    const double* linear;         // c_s; the rows of the strengths are linear_stride apart
    std::size_t linear_stride;    // 0 if all strengths share one
    const double* total_squares;  // e_s of each strength: 1/2 e_s is the loss at b = 0
    const double* factor;
    const double* lower;
    const double* upper;
};

// Memory that the caller lends.
struct Workspace {
    double* matrix;        // size x size
    double* vectors;       // 13 x size
    std::int64_t* index;   // size
    std::int64_t* active;  // 2 x size
};

// A strength with few active features, whose finish costs little, ends by its gain alone, any other
// by its gap. `coef` holds `count` rows of `size`; row s receives the solution at strength s.
// Rows without a start are extrapolated from the two rows before. Returns the number of sweeps, and
// the largest gain of a last sweep over all strengths.
using GramPathFn = Sweeps (*)(const GramProblem& problem, const Grid& grid, const Workspace& work,
                              const Precision& precision, double* coef);

}  // namespace bridle
