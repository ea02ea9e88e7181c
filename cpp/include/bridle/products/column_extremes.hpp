// Smallest and largest value of each column.
#pragma once

#include "bridle/products/dense_view.hpp"

namespace bridle {

// Both are NaN if a column contains NaN or infinity.
template <class T>
using ColumnExtremesFn = void (*)(const DenseView<T>& x, double* low, double* high);

}  // namespace bridle
