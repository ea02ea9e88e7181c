#include "bridle/arithmetic/definite_system.hpp"

#include "arguments/arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

bool solve_definite(const OutputMatrix<double>& matrix, const Output<double>& right) {
    const std::size_t size = right.shape(0);
    require_length("matrix", matrix, size);
    require_width("matrix", matrix, size);
    const Kernels& chosen = kernels();
    const Running running;
    return chosen.solve_definite(matrix.data(), size, right.data());
}

}  // namespace

void register_definite_system(nb::module_& m) {
    m.def("solve_definite", &solve_definite, "matrix"_a.noconvert(), "right"_a.noconvert(),
          "Solves a symmetric system, given its lower triangle; the solution overwrites right. "
          "Returns False if the matrix, which is overwritten too, is nearly singular.");
}

}  // namespace bridle
