// View of a sparse matrix in compressed columns.
#pragma once

#include <cstddef>

namespace bridle {

// Column j holds data[start[j]] to data[start[j + 1] - 1] in the rows index[...], each row once.
// Indices must be checked before a view is made; kernels do not check them.
template <class T, class I>
struct SparseView {
    const T* data;
    const I* index;
    const I* start;
    std::ptrdiff_t rows;
    std::ptrdiff_t columns;
};

}  // namespace bridle
