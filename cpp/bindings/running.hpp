// A kernel runs while this lives: without the GIL, and looking up from time to time.
#pragma once

#include <nanobind/nanobind.h>

#include "bridle/interrupt.hpp"

namespace bridle {

// Throws where the kernel that this thread runs is to end: where the flag of the thread is set, or,
// in a thread without a flag, where a handler of a signal raises.
void look_for_interrupt();

class Running {
  public:
    Running() : check_(&look_for_interrupt) {}

  private:
    nanobind::gil_scoped_release released_;
    InterruptCheck check_;
};

}  // namespace bridle
