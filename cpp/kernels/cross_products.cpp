// Compiled once for each instruction set; see level.hpp.
#include "bridle/cross_products.hpp"

#include "level.hpp"
#include "scalar.hpp"

namespace bridle::BRIDLE_LEVEL {
namespace {

// A tile of kWide columns and kTall vectors is kept in registers: 12 of AVX2's 16, 6 of
// AVX-512's 32.
constexpr std::ptrdiff_t kWide = 8;
constexpr std::ptrdiff_t kTall = 6;
// Rows at a time: a packed block of columns and one of vectors stay in the first-level cache.
constexpr std::ptrdiff_t kRows = 256;

// The widest vector that this level's registers hold; kWide columns are several of them.
#if defined(__AVX512F__)
constexpr std::ptrdiff_t kLanes = 8;
#elif defined(__AVX__)
constexpr std::ptrdiff_t kLanes = 4;
#else
constexpr std::ptrdiff_t kLanes = 2;
#endif
constexpr std::ptrdiff_t kParts = kWide / kLanes;

#if defined(__GNUC__)
typedef double Lane __attribute__((vector_size(kLanes * sizeof(double))));

inline Lane load(const double* from) {
    Lane lane;
    __builtin_memcpy(&lane, from, sizeof(Lane));
    return lane;
}
inline void add_product(Lane& sum, const Lane& x, double r) { sum += x * r; }
#else
struct Lane {
    double value[kLanes];
    double operator[](std::ptrdiff_t k) const { return value[k]; }
};

inline Lane load(const double* from) {
    Lane lane;
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) lane.value[k] = from[k];
    return lane;
}
inline void add_product(Lane& sum, const Lane& x, double r) {
    for (std::ptrdiff_t k = 0; k < kLanes; ++k) sum.value[k] += x.value[k] * r;
}
#endif

// Adds to sums (a row of kWide for each vector) the products of one packed block: columns in rows
// of kWide, vectors in rows that lie `stride` apart, of which kTall entries are read and `tall`
// kept.
void multiply(const double* columns, const double* vectors, std::ptrdiff_t stride,
              std::ptrdiff_t rows, std::ptrdiff_t tall, double* sums) {
    Lane sum[kTall][kParts] = {};
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        Lane x[kParts];
        for (std::ptrdiff_t part = 0; part < kParts; ++part) {
            x[part] = load(columns + i * kWide + part * kLanes);
        }
        const double* r = vectors + i * stride;
#pragma GCC unroll 6
        for (std::ptrdiff_t m = 0; m < kTall; ++m) {
#pragma GCC unroll 4
            for (std::ptrdiff_t part = 0; part < kParts; ++part) {
                add_product(sum[m][part], x[part], r[m]);
            }
        }
    }
    for (std::ptrdiff_t m = 0; m < tall; ++m) {
        for (std::ptrdiff_t k = 0; k < kWide; ++k) {
            sums[m * kWide + k] += sum[m][k / kLanes][k % kLanes];
        }
    }
}

template <class T>
void pack_columns(const DenseView<T>& x, const std::int64_t* column, std::ptrdiff_t count,
                  std::ptrdiff_t first_row, std::ptrdiff_t rows, double* packed) {
    for (std::ptrdiff_t k = 0; k < kWide; ++k) {
        if (k >= count) {
            for (std::ptrdiff_t i = 0; i < rows; ++i) packed[i * kWide + k] = 0.0;
            continue;
        }
        const T* data = x.data + column[k] * x.column_stride + first_row * x.row_stride;
        for (std::ptrdiff_t i = 0; i < rows; ++i) {
            packed[i * kWide + k] = static_cast<double>(data[i * x.row_stride]);
        }
    }
}

// The last vectors, fewer than kTall, filled up with zeros.
void pack_rest(const double* vectors, std::ptrdiff_t stride, std::ptrdiff_t count,
               std::ptrdiff_t rows, double* packed) {
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        for (std::ptrdiff_t m = 0; m < kTall; ++m) {
            packed[i * kTall + m] = m < count ? vectors[i * stride + m] : 0.0;
        }
    }
}

std::ptrdiff_t smaller(std::ptrdiff_t a, std::ptrdiff_t b) { return a < b ? a : b; }

// Sums for up to kWide columns and some vectors: sums holds a row of kWide for each vector.
template <class T>
void multiply_block(const DenseView<T>& x, const std::int64_t* column, std::ptrdiff_t count,
                    const double* right, std::ptrdiff_t stride, std::ptrdiff_t vectors,
                    double* sums) {
    alignas(64) double columns[kRows * kWide];
    alignas(64) double rest[kRows * kTall];
    for (std::ptrdiff_t k = 0; k < vectors * kWide; ++k) sums[k] = 0.0;
    for (std::ptrdiff_t row = 0; row < x.rows; row += kRows) {
        const std::ptrdiff_t rows = smaller(kRows, x.rows - row);
        pack_columns(x, column, count, row, rows, columns);
        for (std::ptrdiff_t m = 0; m < vectors; m += kTall) {
            const std::ptrdiff_t tall = smaller(kTall, vectors - m);
            const double* panel = right + row * stride + m;
            if (tall == kTall) {
                multiply(columns, panel, stride, rows, tall, sums + m * kWide);
            } else {
                pack_rest(panel, stride, tall, rows, rest);
                multiply(columns, rest, kTall, rows, tall, sums + m * kWide);
            }
        }
    }
}

// Vectors are taken in lots of at most this many, which bounds the memory on the stack.
constexpr std::ptrdiff_t kLot = 96;

}  // namespace

template <class T>
void products(const DenseView<T>& x, const std::int64_t* column, std::size_t count,
              const double* right, std::size_t vectors, double* out) {
    alignas(64) double sums[kLot * kWide];
    const std::ptrdiff_t total = static_cast<std::ptrdiff_t>(vectors);
    for (std::ptrdiff_t lot = 0; lot < total; lot += kLot) {
        const std::ptrdiff_t some = smaller(kLot, total - lot);
        for (std::ptrdiff_t j = 0; j < static_cast<std::ptrdiff_t>(count); j += kWide) {
            const std::ptrdiff_t wide = smaller(kWide, static_cast<std::ptrdiff_t>(count) - j);
            multiply_block(x, column + j, wide, right + lot, total, some, sums);
            for (std::ptrdiff_t k = 0; k < wide; ++k) {
                for (std::ptrdiff_t m = 0; m < some; ++m) {
                    out[(j + k) * total + lot + m] = sums[m * kWide + k];
                }
            }
        }
    }
}

namespace {

double excess(const Screen& screen, double product, std::int64_t j, double inverse_scale,
              double inverse_l1) {
    const double slope = product * inverse_scale;
    const double beyond = slope > 0.0 ? slope * screen.up[j] : -slope * screen.down[j];
    return beyond * inverse_l1;
}

}  // namespace

template <class T>
void screen_columns(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                    const double* right, std::size_t vectors, const Screen& screen, double* worst,
                    double* reach) {
    alignas(64) double sums[kLot * kWide];
    const std::ptrdiff_t total = static_cast<std::ptrdiff_t>(vectors);
    for (std::ptrdiff_t m = 0; m < total; ++m) worst[m] = 0.0;
    for (std::int64_t j = begin; j < end; ++j) reach[j - begin] = 0.0;
    for (std::ptrdiff_t lot = 0; lot < total; lot += kLot) {
        const std::ptrdiff_t some = smaller(kLot, total - lot);
        for (std::int64_t j = begin; j < end; j += kWide) {
            const std::ptrdiff_t wide = smaller(kWide, static_cast<std::ptrdiff_t>(end - j));
            std::int64_t column[kWide];
            for (std::ptrdiff_t k = 0; k < wide; ++k) column[k] = j + k;
            multiply_block(x, column, wide, right + lot, total, some, sums);
            for (std::ptrdiff_t m = 0; m < some; ++m) {
                const double* scale = screen.inverse_scale + screen.group[lot + m] * x.columns;
                const double inverse_l1 = 1.0 / screen.l1[lot + m];
                for (std::ptrdiff_t k = 0; k < wide; ++k) {
                    const double beyond =
                        excess(screen, sums[m * kWide + k], j + k, scale[j + k], inverse_l1);
                    if (beyond > worst[lot + m]) worst[lot + m] = beyond;
                    if (beyond > reach[j + k - begin]) reach[j + k - begin] = beyond;
                }
            }
        }
    }
}

template void products<double>(const DenseView<double>&, const std::int64_t*, std::size_t,
                               const double*, std::size_t, double*);
template void products<float>(const DenseView<float>&, const std::int64_t*, std::size_t,
                              const double*, std::size_t, double*);
template void screen_columns<double>(const DenseView<double>&, std::int64_t, std::int64_t,
                                     const double*, std::size_t, const Screen&, double*, double*);
template void screen_columns<float>(const DenseView<float>&, std::int64_t, std::int64_t,
                                    const double*, std::size_t, const Screen&, double*, double*);

}  // namespace bridle::BRIDLE_LEVEL
