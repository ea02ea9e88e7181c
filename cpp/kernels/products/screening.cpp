// Compiled once for each instruction set; see level.hpp.
#include "bridle/products/screening.hpp"

#include "arithmetic/tile.hpp"
#include "bridle/interrupt.hpp"
#include "level.hpp"
#include "products/screen_block.hpp"

namespace bridle::BRIDLE_LEVEL {

template <class T>
void screen_columns(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                    const double* right, std::size_t vectors, const Screen& screen, double* memory,
                    const Screened& screened) {
    const std::ptrdiff_t total = static_cast<std::ptrdiff_t>(vectors);
    const RowList all{nullptr, x.rows};
    for (std::ptrdiff_t m = 0; m < total; ++m) screened.worst[m] = 0.0;
    for (std::int64_t j = begin; j < end; j += kGroup) {
        const std::ptrdiff_t some = smaller(kGroup, static_cast<std::ptrdiff_t>(end - j));
        std::int64_t column[kGroup];
        for (std::ptrdiff_t k = 0; k < some; ++k) column[k] = j + k;
        multiply_group(x, column, some, all, right, total, memory);
        check_interrupt(static_cast<std::size_t>(some * total));
        for (std::ptrdiff_t k = 0; k < some; k += kWide) {
            judge_block(screen, memory + k * total, j + k, smaller(kWide, some - k),
                        static_cast<std::ptrdiff_t>(j - begin) + k, screened);
        }
    }
}

template void screen_columns<double>(const DenseView<double>&, std::int64_t, std::int64_t,
                                     const double*, std::size_t, const Screen&, double*,
                                     const Screened&);
template void screen_columns<float>(const DenseView<float>&, std::int64_t, std::int64_t,
                                    const double*, std::size_t, const Screen&, double*,
                                    const Screened&);

}  // namespace bridle::BRIDLE_LEVEL
