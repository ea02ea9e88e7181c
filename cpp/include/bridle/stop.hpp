// A flag that one thread sets and a kernel in another looks at.
#pragma once

#include <atomic>

namespace bridle {

// Its functions stand in a file of their own, so that a kernel file holds no code of std::atomic;
// see level.hpp.
class Stop {
  public:
    Stop();
    void set();
    bool is_set() const;

  private:
    std::atomic<bool> set_;
};

}  // namespace bridle
