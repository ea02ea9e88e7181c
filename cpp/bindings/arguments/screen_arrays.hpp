// Settings of a screening as a Python object, checked once, for dense and sparse matrices.
#pragma once

#include <utility>

#include "arguments/arrays.hpp"
#include "bridle/products/screening.hpp"

namespace bridle {

class ScreenArrays {
  public:
    ScreenArrays(RowMajor<double> inverse_scale, RowMajor<std::uint8_t> held, Input<double> up,
                 Input<double> down, Input<std::int64_t> first, Input<double> l1,
                 Input<double> ahead, Input<double> distance, std::size_t tied)
        : inverse_scale_(std::move(inverse_scale)),
          held_(std::move(held)),
          up_(std::move(up)),
          down_(std::move(down)),
          first_(std::move(first)),
          l1_(std::move(l1)),
          ahead_(std::move(ahead)),
          distance_(std::move(distance)),
          tied_(tied) {
        require_length("held", held_, groups());
        require_width("held", held_, columns());
        require_length("up", up_, columns());
        require_length("down", down_, columns());
        require_length("ahead", ahead_, groups());
        require_length("distance", distance_, groups());
        require_length("first", first_, groups() + 1);
        for (std::size_t g = 0; g < groups(); ++g) {
            if (first_.data()[g] >= first_.data()[g + 1]) {
                throw std::invalid_argument("first must increase: no group is empty.");
            }
        }
        if (tied_ == 0 || groups() % tied_ != 0) {
            throw std::invalid_argument("tied must be positive and divide the number of groups.");
        }
        for (std::size_t g = 0; g < groups(); ++g) {
            const std::size_t lead = g - g % tied_;
            if (first_.data()[g + 1] - first_.data()[g] !=
                first_.data()[lead + 1] - first_.data()[lead]) {
                throw std::invalid_argument("tied groups must have as many vectors each.");
            }
        }
        if (first_.data()[0] != 0 ||
            first_.data()[groups()] != static_cast<std::int64_t>(vectors())) {
            throw std::invalid_argument("first must begin at 0 and end at the number of vectors.");
        }
    }

    std::size_t groups() const { return inverse_scale_.shape(0); }
    std::size_t columns() const { return inverse_scale_.shape(1); }
    std::size_t vectors() const { return l1_.shape(0); }

    // For columns from `begin` to `end` of a matrix with this number of columns.
    Screen view(std::size_t width, std::int64_t begin, std::int64_t end) const {
        require_width("inverse_scale", inverse_scale_, width);
        if (begin < 0 || begin > end || end > static_cast<std::int64_t>(width)) {
            throw std::invalid_argument("begin and end must bound columns of x.");
        }
        return {columns(),        groups(),   inverse_scale_.data(),
                held_.data(),     up_.data(), down_.data(),
                first_.data(),    l1_.data(), ahead_.data(),
                distance_.data(), tied_};
    }

    Screened results(const Output<double>& worst, const OutputMatrix<double>& reach,
                     std::int64_t begin) const {
        require_length("worst", worst, vectors());
        require_length("reach", reach, groups());
        require_width("reach", reach, columns());
        return {worst.data(), reach.data() + begin, reach.shape(1)};
    }

  private:
    RowMajor<double> inverse_scale_;
    RowMajor<std::uint8_t> held_;
    Input<double> up_;
    Input<double> down_;
    Input<std::int64_t> first_;
    Input<double> l1_;
    Input<double> ahead_;
    Input<double> distance_;
    std::size_t tied_;
};

}  // namespace bridle
