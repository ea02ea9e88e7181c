// Losses by their Python names.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "bridle/kernels.hpp"

namespace bridle {

inline std::size_t loss_place(const std::string& name) {
    std::string known;
    for (std::size_t k = 0; kernels().losses[k] != nullptr; ++k) {
        if (name == kernels().losses[k]) return k;
        known += (k > 0 ? ", " : "") + std::string(kernels().losses[k]);
    }
    throw std::invalid_argument("loss must be one of " + known + ". Received: '" + name + "'.");
}

}  // namespace bridle
