// Newton's method and coordinate descent for the multinomial loss, on the columns of a working set,
// along a grid of strengths.
//
// At strength s it minimises, over coefficients b_k and unpenalised intercepts c_k of the classes
// k,
//
//   sum_i w_i (log sum_k exp(eta_ik) - sum_k y_ik eta_ik)
//     + sum_k sum_j factor_j (l1_s |b_kj| + l2_s / 2 b_kj^2),   eta_ik = o_ik + c_k + x_i b_k,
//
// subject to lower_j <= b_kj <= upper_j, where x_ij = (column_ij - center_j) / scale_j is never
// formed. All factors and strengths are positive.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/loss/class_rows.hpp"
#include "bridle/path/column_path.hpp"
#include "bridle/path/grid.hpp"

namespace bridle {

// `count` columns.
struct ClassProblem : ClassRows {
    std::size_t count;
    const double* center;
    const double* scale;
    const double* factor;  // positive and finite
    const double* lower;
    const double* upper;

    std::size_t pairs() const { return classes * count; }
};

// One row per strength, in which a class's numbers are contiguous: coef (classes x count),
// intercept (classes), eta (classes x rows), and the gap that was reached. Rows of coef and
// intercept that hold neither a solution nor a start are extrapolated from the two rows before.
struct ClassSolutions {
    double* coef;
    double* intercept;
    double* eta;
    double* gap;
};

// Memory that the caller lends.
struct ClassMemory {
    double* rows;         // kRowVectors x rows
    double* class_rows;   // kClassVectors x classes x rows
    double* pairs;        // kPairVectors x classes x count
    double* classes;      // kSumVectors x classes
    double* history;      // kHistory x (classes x count + classes)
    std::int64_t* index;  // kIndexVectors x classes x count
    std::int64_t* sizes;  // kSizeVectors x classes
    static constexpr std::size_t kRowVectors = 7;
    static constexpr std::size_t kClassVectors = 7;
    static constexpr std::size_t kPairVectors = 8;
    static constexpr std::size_t kSumVectors = 3;
    static constexpr std::size_t kHistory = 6;
    static constexpr std::size_t kIndexVectors = 3;
    static constexpr std::size_t kSizeVectors = 3;
};

// Returns the number of sweeps.
template <class Columns>
using ClassPathFn = std::int64_t (*)(const Columns& columns, const ClassProblem& problem,
                                     const Grid& grid, const Precision& precision,
                                     const ClassMemory& memory, const ClassSolutions& solutions);

}  // namespace bridle
