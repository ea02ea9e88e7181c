#include "bridle/stop.hpp"

namespace bridle {

Stop::Stop() : set_(false) {}

void Stop::set() { set_.store(true, std::memory_order_relaxed); }

bool Stop::is_set() const { return set_.load(std::memory_order_relaxed); }

}  // namespace bridle
