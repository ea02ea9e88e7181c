#include "bridle/stop.hpp"

#include "register.hpp"

namespace nb = nanobind;

namespace bridle {

void register_stop(nb::module_& m) {
    nb::class_<Stop>(m, "Stop", "A flag at which running kernels look, to return early.")
        .def(nb::init<>())
        .def("set", &Stop::set, "Ask every kernel that holds this flag to return.")
        .def_prop_ro("is_set", &Stop::is_set, "Whether it was asked.");
}

}  // namespace bridle
