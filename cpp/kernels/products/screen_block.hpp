// Screening ratios of one block of columns.
#pragma once

#include "arithmetic/scalar.hpp"
#include "arithmetic/tile.hpp"
#include "bridle/products/screening.hpp"
#include "level.hpp"

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

// As judge_block, for a problem whose outputs are tied: the gradients of all its outputs count by
// their norm. The results are written for the first output; those of the others are 0.
inline void judge_tied_block(const Screen& screen, const double* sums, std::int64_t begin,
                             std::ptrdiff_t wide, std::ptrdiff_t offset, const Screened& screened) {
    for (std::size_t g = 0; g < screen.groups; g += screen.tied) {
        const BlockScale scale(screen, g, begin, wide);
        const std::int64_t from = screen.first[g], count = screen.first[g + 1] - from;
        double reach[kWide] = {};
        for (std::int64_t m = 0; m <= count; ++m) {
            // After the last vector comes the forecast.
            const std::int64_t here = m < count ? m : count - 1;
            const std::int64_t before = here > 0 ? here - 1 : here;
            const double ahead = m < count ? 0.0 : screen.distance[g];
            double squares[kWide] = {};
            for (std::size_t k = 0; k < screen.tied; ++k) {
                const double* now = sums + (screen.first[g + k] + here) * kWide;
                const double* last = sums + (screen.first[g + k] + before) * kWide;
                for (std::ptrdiff_t c = 0; c < kWide; ++c) {
                    const double slope = now[c] + ahead * (now[c] - last[c]);
                    squares[c] += slope * slope;
                }
            }
            const double inverse = 1.0 / (m < count ? screen.l1[from + m] : screen.ahead[g]);
            double worst = 0.0;
            for (std::ptrdiff_t c = 0; c < kWide; ++c) {
                const double beyond = __builtin_sqrt(squares[c]) * scale.up[c] * inverse;
                reach[c] = larger(reach[c], beyond);
                worst = larger(worst, beyond);
            }
            if (m < count) screened.worst[from + m] = larger(screened.worst[from + m], worst);
        }
        for (std::size_t k = 0; k < screen.tied; ++k) {
            double* out = screened.reach + (g + k) * screened.stride + offset;
            for (std::ptrdiff_t c = 0; c < wide; ++c) out[c] = k == 0 ? reach[c] : 0.0;
        }
    }
}

// `sums` has a row of kWide per vector; `offset` is the block's position in screened.reach.
inline void judge_block(const Screen& screen, const double* sums, std::int64_t begin,
                        std::ptrdiff_t wide, std::ptrdiff_t offset, const Screened& screened) {
    if (screen.tied > 1) {
        judge_tied_block(screen, sums, begin, wide, offset, screened);
        return;
    }
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
