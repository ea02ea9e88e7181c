#include "stop.hpp"

#include <chrono>

#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

using Clock = std::chrono::steady_clock;

// To look for signals takes the GIL, which another thread may hold.
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
    // In any thread but the main one it does nothing.
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void register_stop(nb::module_& m) {
    nb::exception<Interrupted>(m, "Interrupted", PyExc_BaseException);
    nb::class_<Stop>(m, "Stop", "A flag at which kernels of the threads that watch it look.")
        .def(nb::init<>())
        .def("set", &Stop::set, "Ask every kernel of these threads to end.")
        .def_prop_ro("is_set", &Stop::is_set, "Whether it was asked.")
        .def_prop_ro("looks", &Stop::looks, "How often kernels have looked.");
    m.def("watch", &watch, "stop"_a,
          "Let the kernels of this thread, for as long as it lives, look at a flag that lives "
          "longer; one that sees it set raises Interrupted.");
    m.def("check", &check, "Raise Interrupted where the flag of this thread is set.");
}

}  // namespace bridle
