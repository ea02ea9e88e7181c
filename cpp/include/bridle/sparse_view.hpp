// A sparse matrix by columns, where it lies.
#pragma once

#include <cstddef>

namespace bridle {

// Column j holds data[start[j]] to data[start[j + 1] - 1] in the rows index[...], each row once.
// Whoever makes a view has checked its indices: kernels do not.
template <class T, class I>
struct SparseView {
    const T* data;
    const I* index;
    const I* start;
    std::ptrdiff_t rows;
    std::ptrdiff_t columns;
};

}  // namespace bridle
