// Interruption of long kernels: they call `look` regularly, which may throw.
#pragma once

#include <cstddef>
#include <exception>

namespace bridle {

// Thrown to end a kernel. Kernels own no memory, so nothing leaks; their results are undefined.
struct Interrupted : std::exception {
    const char* what() const noexcept override;
};

// Multiplications, or numbers read, between two calls: some milliseconds.
constexpr std::size_t kWorkBetweenLooks = std::size_t{1} << 21;

// Kernels call it with the size of each piece of work. It calls `look` the first time, and then
// after every kWorkBetweenLooks.
//
// It is compiled once for all instruction sets; see level.hpp.
void check_interrupt(std::size_t work);

// During its lifetime, kernels of this thread call `look`, which may throw.
class InterruptCheck {
  public:
    using Look = void (*)();

    explicit InterruptCheck(Look look);
    ~InterruptCheck();
    InterruptCheck(const InterruptCheck&) = delete;
    InterruptCheck& operator=(const InterruptCheck&) = delete;
};

}  // namespace bridle
