// Symmetric positive definite systems too small for the threads of a BLAS.
#pragma once

#include <cstddef>

namespace bridle {

// Solves matrix x = right for a row-major matrix (size x size), whose lower triangle and diagonal
// are read and overwritten; x overwrites right. Returns whether the matrix, in units of its
// diagonal, is far enough from a singular one; right is of no use where it is not.
using SolveDefiniteFn = bool (*)(double* matrix, std::size_t size, double* right);

}  // namespace bridle
