// View of a dense matrix: a pointer and two strides, in elements.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bridle {

template <class T>
struct DenseView {
    const T* data;
    std::ptrdiff_t rows;
    std::ptrdiff_t columns;
    std::ptrdiff_t row_stride;
    std::ptrdiff_t column_stride;
};

}  // namespace bridle
