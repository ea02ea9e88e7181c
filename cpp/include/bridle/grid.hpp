// A grid of strengths, and how precisely each is to be solved.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bridle {

struct Grid {
    const double* l1;
    const double* l2;
    std::size_t count;
    std::size_t solved;  // the first rows of the coefficients hold solutions
    std::size_t known;   // the rows from there to this one hold points to start from
};

// When a strength is done: its duality gap is within `gap` and, on cross-products, no step of a
// sweep gains more than `gain`, on columns, no slope violates its optimality condition by more than
// `violation` of its l1 strength; or after so many sweeps.
struct Precision {
    double gap;
    double gain;
    double violation;
    std::int64_t sweeps;
};

}  // namespace bridle
