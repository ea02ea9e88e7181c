// Screening ratios of one block of columns.
#pragma once

#include "bridle/screening.hpp"
#include "level.hpp"
#include "scalar.hpp"
#include "tile.hpp"

namespace bridle::BRIDLE_LEVEL {

inline double larger(double a, double b) { return a > b ? a : b; }

// Factors that turn products into screening ratios, for each column of a block.
struct BlockScale {
    double up[kWide] = {};
    double down[kWide] = {};

    BlockScale(const Screen& screen, std::size_t group, std::int64_t begin, std::ptrdiff_t wide) {
        for (std::ptrdiff_t k = 0; k < wide; ++k) {
            const std::size_t j = static_cast<std::size_t>(begin + k);
            const std::size_t at = group * screen.columns + j;
            const double scale = screen.held[at] ? 0.0 : screen.inverse_scale[at];
            up[k] = screen.up[j] * scale;
            down[k] = screen.down[j] * scale;
        }
    }

    double excess(double product, std::ptrdiff_t k) const {
        return larger(product * up[k], -product * down[k]);
    }
};

// `sums` has a row of kWide per vector; `offset` is the block's position in screened.reach.
inline void judge_block(const Screen& screen, const double* sums, std::int64_t begin,
                        std::ptrdiff_t wide, std::ptrdiff_t offset, const Screened& screened) {
    for (std::size_t g = 0; g < screen.groups; ++g) {
        const BlockScale scale(screen, g, begin, wide);
        double reach[kWide] = {};
        for (std::int64_t m = screen.first[g]; m < screen.first[g + 1]; ++m) {
            const double inverse = 1.0 / screen.l1[m];
            double worst = screened.worst[m];
            for (std::ptrdiff_t k = 0; k < kWide; ++k) {
                const double beyond = scale.excess(sums[m * kWide + k], k) * inverse;
                reach[k] = larger(reach[k], beyond);
                worst = larger(worst, beyond);
            }
            screened.worst[m] = worst;
        }
        const std::int64_t last = screen.first[g + 1] - 1;
        const bool alone = last == screen.first[g];
        double* out = screened.reach + g * screened.stride + offset;
        for (std::ptrdiff_t k = 0; k < wide; ++k) {
            const double here = sums[last * kWide + k];
            const double before = alone ? here : sums[(last - 1) * kWide + k];
            const double there = here + screen.distance[g] * (here - before);
            out[k] = larger(reach[k], scale.excess(there, k) / screen.ahead[g]);
        }
    }
}

}  // namespace bridle::BRIDLE_LEVEL
