#include "bridle/dual_bounds.hpp"

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

void dual_bounds(const RowMajor<double>& coef, const RowMajor<double>& slopes,
                 const Input<double>& factor, const Input<double>& lower,
                 const Input<double>& upper, const Input<double>& floor, const Input<double>& l1,
                 const Input<double>& l2, const Input<double>& within,
                 const OutputMatrix<double>& out) {
    const std::size_t count = coef.shape(0), size = coef.shape(1);
    require_length("slopes", slopes, size);
    require_width("slopes", slopes, count);
    require_length("factor", factor, size);
    require_length("lower", lower, size);
    require_length("upper", upper, size);
    require_length("floor", floor, size);
    require_length("l1", l1, count);
    require_length("l2", l2, count);
    require_length("within", within, count);
    require_length("out", out, 6);
    require_width("out", out, count);
    const WorkingPoints points{size,          count,        coef.data(),  slopes.data(),
                               factor.data(), lower.data(), upper.data(), floor.data(),
                               l1.data(),     l2.data(),    within.data()};
    const Kernels& chosen = kernels();
    double* to = out.data();
    const Running running;
    chosen.dual_bounds(
        points, {to, to + count, to + 2 * count, to + 3 * count, to + 4 * count, to + 5 * count});
}

}  // namespace

void register_dual_bounds(nb::module_& m) {
    m.def("dual_bounds", &dual_bounds, "coef"_a, "slopes"_a, "factor"_a, "lower"_a, "upper"_a,
          "floor"_a, "l1"_a, "l2"_a, "within"_a, "out"_a.noconvert(),
          "What the features add to objectives and lower bounds: penalty, fitted, scale, both "
          "conjugates and violation, a row each.");
}

}  // namespace bridle
