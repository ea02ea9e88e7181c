// Scope in which a kernel runs: without the GIL, and with checks for interrupts.
#pragma once

#include <nanobind/nanobind.h>

#include "bridle/interrupt.hpp"

namespace bridle {

// Throws if this thread's kernel must end: if the thread's flag is set or, in a thread without a
// flag, if a signal handler raises.
void look_for_interrupt();

class Running {
  public:
    Running() : check_(&look_for_interrupt) {}

  private:
    nanobind::gil_scoped_release released_;
    InterruptCheck check_;
};

}  // namespace bridle
