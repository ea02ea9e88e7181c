// Compiled once for each instruction set; see level.hpp.
#include "bridle/products/sparse_products.hpp"

#include "arithmetic/lanes.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "products/screen_block.hpp"
#include "products/sparse_column.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// Registers for the sums of one column with several vectors: 12 of AVX2's 16.
constexpr std::ptrdiff_t kMostParts = 12;

// Sums for as many vectors as fit in Parts registers, from `right` on; sum m goes to out[m * step].
template <std::ptrdiff_t Parts, class T, class I>
void multiply_lot(const SparseColumn<T, I>& x, const double* right, std::ptrdiff_t stride,
                  double* out, std::ptrdiff_t step) {
    Lane sum[Parts] = {};
    for (std::ptrdiff_t e = 0; e < x.size; ++e) {
        const double* row = right + static_cast<std::ptrdiff_t>(x.index[e]) * stride;
        const double value = x.value(e);
#pragma GCC unroll 16
        for (std::ptrdiff_t part = 0; part < Parts; ++part) {
            add_product(sum[part], load(row + part * kLanes), value);
        }
    }
    for (std::ptrdiff_t m = 0; m < Parts * kLanes; ++m) out[m * step] = sum[m / kLanes][m % kLanes];
}

template <class T, class I>
double multiply_one(const SparseColumn<T, I>& x, const double* right, std::ptrdiff_t stride) {
    double sum = 0.0;
    for (std::ptrdiff_t e = 0; e < x.size; ++e) {
        sum += x.value(e) * right[static_cast<std::ptrdiff_t>(x.index[e]) * stride];
    }
    return sum;
}

template <class T, class I>
void multiply_column(const SparseColumn<T, I>& x, const double* right, std::ptrdiff_t vectors,
                     double* out, std::ptrdiff_t step) {
    std::ptrdiff_t m = 0;
    check_interrupt(static_cast<std::size_t>((x.size + 1) * (vectors + 1)));
    for (; m + kMostParts * kLanes <= vectors; m += kMostParts * kLanes) {
        multiply_lot<kMostParts>(x, right + m, vectors, out + m * step, step);
    }
    for (; m + 4 * kLanes <= vectors; m += 4 * kLanes) {
        multiply_lot<4>(x, right + m, vectors, out + m * step, step);
    }
    for (; m + kLanes <= vectors; m += kLanes) {
        multiply_lot<1>(x, right + m, vectors, out + m * step, step);
    }
    for (; m < vectors; ++m) out[m * step] = multiply_one(x, right + m, vectors);
}

}  // namespace

template <class T, class I>
void sparse_products(const SparseView<T, I>& x, const std::int64_t* column, std::size_t count,
                     const double* right, std::size_t vectors, double* out) {
    const std::ptrdiff_t total = static_cast<std::ptrdiff_t>(vectors);
    for (std::size_t k = 0; k < count; ++k) {
        multiply_column(SparseColumn<T, I>(x, column[k]), right, total, out + k * vectors, 1);
    }
}

template <class T, class I>
void sparse_screen(const SparseView<T, I>& x, std::int64_t begin, std::int64_t end,
                   const double* right, std::size_t vectors, const Screen& screen, double* memory,
                   const Screened& screened) {
    const std::ptrdiff_t total = static_cast<std::ptrdiff_t>(vectors);
    for (std::ptrdiff_t m = 0; m < total; ++m) screened.worst[m] = 0.0;
    for (std::ptrdiff_t k = 0; k < total * kWide; ++k) memory[k] = 0.0;
    for (std::int64_t j = begin; j < end; j += kWide) {
        const std::ptrdiff_t wide = smaller(kWide, static_cast<std::ptrdiff_t>(end - j));
        for (std::ptrdiff_t k = 0; k < wide; ++k) {
            multiply_column(SparseColumn<T, I>(x, j + k), right, total, memory + k, kWide);
        }
        judge_block(screen, memory, j, wide, static_cast<std::ptrdiff_t>(j - begin), screened);
    }
}

#define BRIDLE_SPARSE_PRODUCTS(T, I)                                                               \
    template void sparse_products<T, I>(const SparseView<T, I>&, const std::int64_t*, std::size_t, \
                                        const double*, std::size_t, double*);                      \
    template void sparse_screen<T, I>(const SparseView<T, I>&, std::int64_t, std::int64_t,         \
                                      const double*, std::size_t, const Screen&, double*,          \
                                      const Screened&);
BRIDLE_SPARSE_PRODUCTS(double, std::int32_t)
BRIDLE_SPARSE_PRODUCTS(double, std::int64_t)
BRIDLE_SPARSE_PRODUCTS(float, std::int32_t)
BRIDLE_SPARSE_PRODUCTS(float, std::int64_t)
#undef BRIDLE_SPARSE_PRODUCTS

}  // namespace bridle::BRIDLE_LEVEL
