// Compiled once for each instruction set; see level.hpp.
#include "bridle/products/column_extremes.hpp"

#include <cstddef>

#include "bridle/interrupt.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

constexpr double kInfinity = __builtin_huge_val();
// Adjacent columns that are read together, row by row.
constexpr std::ptrdiff_t kTogether = 64;

// The third number is 0 if all values are finite, else NaN.
template <class T>
struct Extremes {
    T low;
    T high;
    T odd;
};

template <class T>
void look_at(T value, Extremes<T>& found) {
    found.low = value < found.low ? value : found.low;
    found.high = value > found.high ? value : found.high;
    found.odd += value - value;
}

template <class T>
void write(const Extremes<T>& found, double* low, double* high) {
    const bool finite = found.odd == static_cast<T>(0);
    *low = finite ? static_cast<double>(found.low) : __builtin_nan("");
    *high = finite ? static_cast<double>(found.high) : __builtin_nan("");
}

template <class T>
void by_columns(const DenseView<T>& x, double* low, double* high) {
    for (std::ptrdiff_t j = 0; j < x.columns; ++j) {
        check_interrupt(static_cast<std::size_t>(x.rows));
        const T* column = x.data + j * x.column_stride;
        T least = static_cast<T>(kInfinity), most = static_cast<T>(-kInfinity), odd = 0;
        if (x.row_stride == 1) {
#pragma omp simd reduction(min : least) reduction(max : most) reduction(+ : odd)
            for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
                const T value = column[i];
                least = value < least ? value : least;
                most = value > most ? value : most;
                odd += value - value;
            }
        } else {
            for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
                Extremes<T> found{least, most, odd};
                look_at(column[i * x.row_stride], found);
                least = found.low;
                most = found.high;
                odd = found.odd;
            }
        }
        write<T>({least, most, odd}, low + j, high + j);
    }
}

// Adjacent columns, read together row by row.
template <class T>
void by_rows(const DenseView<T>& x, std::ptrdiff_t first, std::ptrdiff_t width, double* low,
             double* high) {
    T least[kTogether], most[kTogether], odd[kTogether];
    for (std::ptrdiff_t k = 0; k < width; ++k) {
        least[k] = static_cast<T>(kInfinity);
        most[k] = static_cast<T>(-kInfinity);
        odd[k] = 0;
    }
    for (std::ptrdiff_t i = 0; i < x.rows; ++i) {
        check_interrupt(static_cast<std::size_t>(width));
        const T* row = x.data + i * x.row_stride + first;
#pragma omp simd
        for (std::ptrdiff_t k = 0; k < width; ++k) {
            const T value = row[k];
            least[k] = value < least[k] ? value : least[k];
            most[k] = value > most[k] ? value : most[k];
            odd[k] += value - value;
        }
    }
    for (std::ptrdiff_t k = 0; k < width; ++k) {
        write<T>({least[k], most[k], odd[k]}, low + k, high + k);
    }
}

}  // namespace

template <class T>
void column_extremes(const DenseView<T>& x, double* low, double* high) {
    if (x.column_stride != 1 || x.row_stride == 1) {
        by_columns(x, low, high);
        return;
    }
    for (std::ptrdiff_t j = 0; j < x.columns; j += kTogether) {
        const std::ptrdiff_t width = x.columns - j < kTogether ? x.columns - j : kTogether;
        by_rows(x, j, width, low + j, high + j);
    }
}

template void column_extremes<double>(const DenseView<double>&, double*, double*);
template void column_extremes<float>(const DenseView<float>&, double*, double*);

}  // namespace bridle::BRIDLE_LEVEL
