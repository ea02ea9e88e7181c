// Coordinate descent and moments of a sparse matrix, at the cost of its entries; see
// coordinate_descent.hpp.
#pragma once

#include "bridle/descent/coordinate_descent.hpp"
#include "bridle/products/sparse_view.hpp"

namespace bridle {

template <class T, class I>
using SparseDescendFn = Sweeps (*)(const SparseView<T, I>& x, const double* weight,
                                   const Coordinates& list, double* coef, double* residual,
                                   std::int64_t limit, double tolerance);

template <class T, class I>
using SparseMomentsFn = void (*)(const SparseView<T, I>& x, const double* weight,
                                 const std::int64_t* column, std::size_t count, double* mean,
                                 double* variance);

}  // namespace bridle
