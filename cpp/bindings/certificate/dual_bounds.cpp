#include "bridle/certificate/dual_bounds.hpp"

#include "arguments/arrays.hpp"
#include "arguments/problem_arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

void dual_bounds(const RowMajor<double>& coef, const RowMajor<double>& negative_gradients,
                 const FeatureArrays& features, const Input<double>& floor, const GridArrays& grid,
                 const Input<double>& within, const OutputMatrix<double>& out) {
    const std::size_t count = grid.size(), size = features.size();
    require_length("coef", coef, count);
    require_width("coef", coef, size);
    require_length("negative_gradients", negative_gradients, size);
    require_width("negative_gradients", negative_gradients, count);
    require_length("floor", floor, size);
    const Grid strengths = grid.view();
    require_length("within", within, count);
    require_length("out", out, 6);
    require_width("out", out, count);
    const WorkingPoints points{size,
                               count,
                               coef.data(),
                               negative_gradients.data(),
                               features.factor(),
                               features.lower(),
                               features.upper(),
                               floor.data(),
                               strengths.l1,
                               strengths.l2,
                               within.data()};
    const Kernels& chosen = kernels();
    double* to = out.data();
    const Running running;
    chosen.dual_bounds(
        points, {to, to + count, to + 2 * count, to + 3 * count, to + 4 * count, to + 5 * count});
}

}  // namespace

void register_dual_bounds(nb::module_& m) {
    m.def("dual_bounds", &dual_bounds, "coef"_a, "negative_gradients"_a, "features"_a, "floor"_a,
          "grid"_a, "within"_a, "out"_a.noconvert(),
          "Writes the features' terms in objectives and lower bounds: penalty, fitted, scale, both "
          "conjugates and violation, a row each.");
}

}  // namespace bridle
