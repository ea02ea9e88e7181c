// All losses. Kernels receive one by its index and never name one.
#pragma once

#include <cstddef>

#include "level.hpp"
#include "loss/gamma.hpp"
#include "loss/huber.hpp"
#include "loss/logistic.hpp"
#include "loss/poisson.hpp"
#include "loss/rows.hpp"
#include "loss/squared.hpp"
#include "loss/tweedie.hpp"

namespace bridle::BRIDLE_LEVEL {

constexpr LossKernel kLosses[] = {kernel_of<Squared>(), kernel_of<Logistic>(), kernel_of<Poisson>(),
                                  kernel_of<Gamma>(),   kernel_of<Tweedie>(),  kernel_of<Huber>()};
constexpr std::size_t kLossCount = sizeof(kLosses) / sizeof(kLosses[0]);

}  // namespace bridle::BRIDLE_LEVEL
