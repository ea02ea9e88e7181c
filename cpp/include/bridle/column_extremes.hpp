// Smallest and largest number of each column.
#pragma once

#include "bridle/dense_view.hpp"

namespace bridle {

// Both are NaN where a column holds one that is NaN or infinite.
template <class T>
using ColumnExtremesFn = void (*)(const DenseView<T>& x, double* low, double* high);

}  // namespace bridle
