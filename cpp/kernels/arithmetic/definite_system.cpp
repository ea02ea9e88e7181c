// Compiled once for each instruction set; see level.hpp.
#include "bridle/arithmetic/definite_system.hpp"

#include "arithmetic/cholesky.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// A pivot below this fraction of the diagonal is rounding: the row is collinear.
constexpr double kSmallestPivot = 1e-13;

}  // namespace

bool solve_definite(double* matrix, std::size_t size, double* right) {
    for (std::size_t i = 0; i < size; ++i) {
        if (!(matrix[i * size + i] > 0.0)) return false;
    }
    factor(matrix, size, size, kSmallestPivot);
    for (std::size_t i = 0; i < size; ++i) {
        const double pivot = matrix[i * size + i];
        if (pivot == kHeld || !(pivot > 0.0)) return false;
    }
    solve_factored(matrix, size, size, right);
    return true;
}

}  // namespace bridle::BRIDLE_LEVEL
