// Block coordinate descent for coefficients that are tied over the outputs, along a grid of
// strengths.
//
// At strength s it minimises, over coefficients b_k of the outputs k, a quadratic loss plus
//
//   sum_j factor_j (l1_s |b_j|_2 + l2_s / 2 |b_j|_2^2),
//
// where b_j has the coefficients of feature j for all outputs: it is 0 for all of them or for none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridle/path/column_path.hpp"
#include "bridle/path/grid.hpp"

namespace bridle {

struct TiedFeatures {
    std::size_t size;
    std::size_t outputs;
    const double* factor;

    std::size_t pairs() const { return size * outputs; }
};

// The loss total_squares / 2 + sum_k (1/2 b_k'G_k b_k - c_k'b_k).
struct TiedGrams {
    const double* gram;         // row-major, symmetric
    std::size_t output_stride;  // from the matrix of an output to the next; 0 if all share one
    std::size_t stride;         // from a row to the next
    const double* linear;       // a row of `size` for each output
    double total_squares;
};

// The loss 1/2 sum_k sum_i w_i (y_ik - x_i b_k)^2 with x_ij = (column_ij - mean_j) / scale_j: about
// the weighted mean with intercepts, when the weighted sum of y is 0, else about the center.
struct TiedRows {
    bool fit_intercept;
    std::size_t rows;
    const double* weight;
    const double* y;  // a row of `rows` for each output
    DenseColumns column;
    const double* center;
    const double* scale;
};

// `coef` holds `count` tables of outputs x size; table s receives the solution at strength s.
// Tables without a start are extrapolated from the two before. `index` has 2 x size numbers, and
// `memory` kTiedVectors x pairs and 2 x outputs, besides those of the model: 2 x pairs on Gram
// matrices; pairs, (2 x outputs + 2) x rows, 2 x size and outputs on columns. Returns the number of
// sweeps.
using TiedGramPathFn = std::int64_t (*)(const TiedGrams& grams, const TiedFeatures& features,
                                        const Grid& grid, const Precision& precision,
                                        double* memory, std::int64_t* index, double* coef);
using TiedColumnPathFn = std::int64_t (*)(const TiedRows& rows, const TiedFeatures& features,
                                          const Grid& grid, const Precision& precision,
                                          double* memory, std::int64_t* index, double* coef);
constexpr std::size_t kTiedVectors = 6;

}  // namespace bridle
