// Compiled once for each instruction set; see level.hpp.
#include "bridle/products/cross_products.hpp"

#include "arithmetic/tile.hpp"
#include "level.hpp"

namespace bridle::BRIDLE_LEVEL {

template <class T>
void products(const DenseView<T>& x, const Rows& rows, const std::int64_t* column,
              std::size_t count, const double* right, std::size_t vectors, double* memory,
              double* out) {
    const RowList list{rows.index, static_cast<std::ptrdiff_t>(rows.count)};
    const std::ptrdiff_t total = static_cast<std::ptrdiff_t>(vectors);
    for (std::ptrdiff_t j = 0; j < static_cast<std::ptrdiff_t>(count); j += kGroup) {
        const std::ptrdiff_t some = smaller(kGroup, static_cast<std::ptrdiff_t>(count) - j);
        multiply_group(x, column + j, some, list, right, total, memory);
        for (std::ptrdiff_t k = 0; k < some; ++k) {
            const double* sums = memory + k / kWide * total * kWide + k % kWide;
            for (std::ptrdiff_t m = 0; m < total; ++m) out[(j + k) * total + m] = sums[m * kWide];
        }
    }
}

template void products<double>(const DenseView<double>&, const Rows&, const std::int64_t*,
                               std::size_t, const double*, std::size_t, double*, double*);
template void products<float>(const DenseView<float>&, const Rows&, const std::int64_t*,
                              std::size_t, const double*, std::size_t, double*, double*);

}  // namespace bridle::BRIDLE_LEVEL
