#include "bridle/kernels.hpp"
#include "register.hpp"

namespace nb = nanobind;

namespace bridle {

void register_levels(nb::module_& m) {
    m.def(
        "level", [] { return kernels().level; },
        "Name of the instruction set whose kernels are in use.");
    m.def(
        "losses",
        [] {
            nb::list names;
            for (const char* const* name = kernels().losses; *name != nullptr; ++name) {
                names.append(*name);
            }
            return names;
        },
        nb::sig("def losses() -> list[str]"), "Names of the losses that have a kernel.");
    m.def(
        "available_levels",
        [] {
            nb::list names;
            for (const char* const* name = available_levels(); *name != nullptr; ++name) {
                names.append(*name);
            }
            return names;
        },
        nb::sig("def available_levels() -> list[str]"),
        "Names of the instruction sets that this build holds and this processor supports.");
}

}  // namespace bridle
