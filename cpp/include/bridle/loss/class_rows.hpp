// Rows of a problem with several classes, each with its own linear predictor.
#pragma once

#include <cstddef>

namespace bridle {

// Weights sum to 1. y and offset have a row of `rows` numbers for each class; the targets of a row
// of X sum to 1.
struct ClassRows {
    bool fit_intercept;
    std::size_t rows;
    std::size_t classes;
    const double* weight;
    const double* y;
    const double* offset;

    std::size_t size() const { return rows * classes; }
};

}  // namespace bridle
