// The arrays that steer a screening, checked; dense and sparse matrices share them.
#pragma once

#include "arrays.hpp"
#include "bridle/screening.hpp"

namespace bridle {

struct ScreenArrays {
    const RowMajor<double>& inverse_scale;
    const RowMajor<std::uint8_t>& held;
    const Input<double>& up;
    const Input<double>& down;
    const Input<std::int64_t>& first;
    const Input<double>& l1;
    const Input<double>& ahead;
    const Input<double>& distance;
    const Output<double>& worst;
    const OutputMatrix<double>& reach;

    Screen checked(std::size_t columns, std::int64_t begin, std::int64_t end) const {
        const std::size_t groups = inverse_scale.shape(0);
        require_width("inverse_scale", inverse_scale, columns);
        require_length("held", held, groups);
        require_width("held", held, columns);
        require_length("up", up, columns);
        require_length("down", down, columns);
        require_length("ahead", ahead, groups);
        require_length("distance", distance, groups);
        require_length("worst", worst, l1.shape(0));
        require_length("reach", reach, groups);
        require_width("reach", reach, columns);
        require_length("first", first, groups + 1);
        for (std::size_t g = 0; g < groups; ++g) {
            if (first.data()[g] >= first.data()[g + 1]) {
                throw std::invalid_argument("first must increase: no group is empty.");
            }
        }
        if (first.data()[0] != 0 || first.data()[groups] != static_cast<std::int64_t>(l1.size())) {
            throw std::invalid_argument("first must begin at 0 and end at the number of vectors.");
        }
        if (begin < 0 || begin > end || end > static_cast<std::int64_t>(columns)) {
            throw std::invalid_argument("begin and end must bound columns of x.");
        }
        return {columns,      groups,         inverse_scale.data(), held.data(),
                up.data(),    down.data(),    first.data(),         l1.data(),
                ahead.data(), distance.data()};
    }

    Screened results(std::int64_t begin) const {
        return {worst.data(), reach.data() + begin, reach.shape(1)};
    }
};

}  // namespace bridle
