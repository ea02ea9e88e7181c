// Losses by the names that they have in Python.
#pragma once

#include <stdexcept>
#include <string>

#include "bridle/column_path.hpp"

namespace bridle {

inline LossKind loss_kind(const std::string& name) {
    if (name == "squared") return LossKind::squared;
    if (name == "logistic") return LossKind::logistic;
    throw std::invalid_argument("loss must be 'squared' or 'logistic'. Received: '" + name + "'.");
}

}  // namespace bridle
