// Compiled once for each instruction set; see level.hpp.
#include "bridle/products/vector_products.hpp"

#include "bridle/interrupt.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

template <class T>
double along_column(const DenseView<T>& x, std::ptrdiff_t j, const double* right) {
    const T* column = x.data + j * x.column_stride;
    double sum = 0.0;
    if (x.row_stride == 1) {
#pragma omp simd reduction(+ : sum)
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
            sum += static_cast<double>(column[i]) * right[i];
        }
    } else {
        for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
            sum += static_cast<double>(column[i * x.row_stride]) * right[i];
        }
    }
    return sum;
}

// Four rows at once, so that `out` is read and written only once for them.
template <class T>
void along_rows(const DenseView<T>& x, const double* right, double* out) {
    for (std::ptrdiff_t j = 0; j < x.columns; ++j) out[j] = 0.0;
    std::ptrdiff_t i = 0;
    for (; i + 4 <= x.rows; i += 4) {
        check_interrupt(static_cast<std::size_t>(4 * x.columns));
        const T* r0 = x.data + i * x.row_stride;
        const T *r1 = r0 + x.row_stride, *r2 = r1 + x.row_stride, *r3 = r2 + x.row_stride;
        const double s0 = right[i], s1 = right[i + 1], s2 = right[i + 2], s3 = right[i + 3];
#pragma omp simd
        for (std::ptrdiff_t j = 0; j < x.columns; ++j) {
            out[j] += s0 * static_cast<double>(r0[j]) + s1 * static_cast<double>(r1[j]) +
                      s2 * static_cast<double>(r2[j]) + s3 * static_cast<double>(r3[j]);
        }
    }
    for (; i < x.rows; ++i) {
        const T* row = x.data + i * x.row_stride;
        for (std::ptrdiff_t j = 0; j < x.columns; ++j) {
            out[j] += right[i] * static_cast<double>(row[j]);
        }
    }
}

}  // namespace

template <class T>
void vector_products(const DenseView<T>& x, const double* right, double* out) {
    if (x.column_stride == 1 && x.row_stride != 1) {
        along_rows(x, right, out);
        return;
    }
    for (std::ptrdiff_t j = 0; j < x.columns; ++j) {
        check_interrupt(static_cast<std::size_t>(x.rows));
        out[j] = along_column(x, j, right);
    }
}

template void vector_products<double>(const DenseView<double>&, const double*, double*);
template void vector_products<float>(const DenseView<float>&, const double*, double*);

}  // namespace bridle::BRIDLE_LEVEL
