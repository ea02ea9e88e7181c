#include "bridle/gram_descent.hpp"

#include <nanobind/stl/pair.h>

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

std::pair<std::int64_t, double> gram_path(const Matrix<double>& gram, const Input<double>& linear,
                                          const Input<double>& factor, const Input<double>& lower,
                                          const Input<double>& upper, const Input<double>& l1,
                                          const Input<double>& l2, const Input<double>& start,
                                          const OutputMatrix<double>& coef,
                                          const Output<double>& slope, const Output<double>& memory,
                                          std::int64_t limit, double tolerance) {
    const std::size_t size = linear.shape(0);
    require_length("factor", factor, size);
    require_length("lower", lower, size);
    require_length("upper", upper, size);
    require_length("start", start, size);
    require_length("slope", slope, size);
    require_length("memory", memory, size * (size + 4));
    require_length("l2", l2, l1.shape(0));
    require_length("coef", coef, l1.shape(0));
    if (gram.shape(0) < size || gram.shape(1) < size || coef.shape(1) != size) {
        throw std::invalid_argument("gram must hold, and coef have, one column for each feature.");
    }
    const GramProblem problem{gram.data(),   static_cast<std::size_t>(gram.stride(0)),
                              size,          linear.data(),
                              factor.data(), lower.data(),
                              upper.data()};
    const Grid grid{l1.data(), l2.data(), l1.shape(0)};
    double* vectors = memory.data() + size * size;
    const Workspace work{memory.data(), vectors,
                         reinterpret_cast<std::int64_t*>(vectors + 3 * size)};
    const Kernels& chosen = kernels();
    nb::gil_scoped_release released;
    const Sweeps sweeps = chosen.gram_path(problem, grid, work, start.data(), coef.data(),
                                           slope.data(), limit, tolerance);
    return {sweeps.done, sweeps.largest_gain};
}

}  // namespace

void register_gram_descent(nb::module_& m) {
    m.def("gram_path", &gram_path, "gram"_a.noconvert(), "linear"_a, "factor"_a, "lower"_a,
          "upper"_a, "l1"_a, "l2"_a, "start"_a, "coef"_a.noconvert(), "slope"_a.noconvert(),
          "memory"_a.noconvert(), "limit"_a, "tolerance"_a,
          "Solutions on a Gram matrix at each strength, into the rows of coef; returns sweeps and "
          "last gain.");
}

}  // namespace bridle
