// Symmetric positive definite systems that are too small for a multithreaded BLAS.
#pragma once

#include <cstddef>

namespace bridle {

// Solves matrix x = right for a row-major matrix (size x size); x overwrites right. Only the lower
// triangle of the matrix is read, and it is overwritten. Returns false if the matrix, scaled to
// unit diagonal, is nearly singular; right is then undefined.
using SolveDefiniteFn = bool (*)(double* matrix, std::size_t size, double* right);

}  // namespace bridle
