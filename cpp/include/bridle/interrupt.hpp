// How a kernel that runs for long is ended: it looks up from its work, and what it looks with
// throws.
#pragma once

#include <cstddef>
#include <exception>

namespace bridle {

// What ends a kernel. Kernels own nothing, so that nothing is left behind; their results are not to
// be used.
struct Interrupted : std::exception {
    const char* what() const noexcept override;
};

// Multiplications, or numbers read, between two looks: milliseconds.
constexpr std::size_t kWorkBetweenLooks = std::size_t{1} << 21;

// Kernels call it beside every piece of their work, and say how large that is. It looks at the
// first call, and once in kWorkBetweenLooks.
//
// It is compiled once for all instruction sets; see level.hpp.
void check_interrupt(std::size_t work);

// While it lives, `look` is what kernels of this thread look with. It may throw.
class InterruptCheck {
  public:
    using Look = void (*)();

    explicit InterruptCheck(Look look);
    ~InterruptCheck();
    InterruptCheck(const InterruptCheck&) = delete;
    InterruptCheck& operator=(const InterruptCheck&) = delete;
};

}  // namespace bridle
