// Products of all columns of a dense matrix with one vector, on the calling thread.
#pragma once

#include "bridle/products/dense_view.hpp"

namespace bridle {

// out[j] = sum_i x(i, j) right[i]
template <class T>
using VectorProductsFn = void (*)(const DenseView<T>& x, const double* right, double* out);

}  // namespace bridle
