#include "stop.hpp"

#include <chrono>

#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

using Clock = std::chrono::steady_clock;

// Checking for signals needs the GIL, which another thread may hold.
constexpr auto kBetweenSignals = std::chrono::milliseconds(20);

thread_local Stop* flag = nullptr;
thread_local Clock::time_point last_signals;

void watch(Stop& stop) { flag = &stop; }

void check() {
    if (flag != nullptr && flag->look()) throw Interrupted();
}

}  // namespace

void look_for_interrupt() {
    check();
    if (flag != nullptr) return;
    const Clock::time_point now = Clock::now();
    if (now - last_signals < kBetweenSignals) return;
    last_signals = now;
    nb::gil_scoped_acquire held;
    // Outside the main thread this does nothing.
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void register_stop(nb::module_& m) {
    nb::exception<Interrupted>(m, "Interrupted", PyExc_BaseException);
    nb::class_<Stop>(m, "Stop", "A flag that kernels check in the threads that watch it.")
        .def(nb::init<>())
        .def("set", &Stop::set, "Make every kernel of these threads end.")
        .def_prop_ro("is_set", &Stop::is_set, "Whether the flag is set.")
        .def_prop_ro("looks", &Stop::looks, "How often kernels have checked the flag.");
    m.def("watch", &watch, "stop"_a,
          "Make all later kernels of this thread check a flag, which must outlive the thread; they "
          "raise Interrupted if it is set.");
    m.def("check", &check, "Raise Interrupted if the flag of this thread is set.");
}

}  // namespace bridle
