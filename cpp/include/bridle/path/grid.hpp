// A grid of strengths, and the stopping criteria at each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bridle {

struct Grid {
    const double* l1;
    const double* l2;
    std::size_t count;
    std::size_t solved;  // the first rows of the coefficients hold solutions
    std::size_t known;   // the rows from there to this one hold starts
};

// A strength is done if its duality gap is at most `gap` and, on cross-products, no step of a sweep
// gains more than `gain`; on columns, the KKT violations are at most `violation` times the l1
// strength; or after `sweeps` sweeps.
struct Precision {
    double gap;
    double gain;
    double violation;
    std::int64_t sweeps;
};

}  // namespace bridle
