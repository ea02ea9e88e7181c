// A flag that one thread sets and kernels in other threads check.
#pragma once

#include <atomic>
#include <cstdint>

namespace bridle {

class Stop {
  public:
    void set() { set_.store(true, std::memory_order_relaxed); }
    bool is_set() const { return set_.load(std::memory_order_relaxed); }

    // Returns whether it is set, and counts the check.
    bool look() {
        looks_.fetch_add(1, std::memory_order_relaxed);
        return is_set();
    }
    std::int64_t looks() const { return looks_.load(std::memory_order_relaxed); }

  private:
    std::atomic<bool> set_{false};
    std::atomic<std::int64_t> looks_{0};
};

}  // namespace bridle
