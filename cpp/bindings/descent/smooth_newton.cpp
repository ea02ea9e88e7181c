#include "bridle/descent/smooth_newton.hpp"

#include <nanobind/stl/tuple.h>

#include <tuple>

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "arguments/problem_arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class T>
std::tuple<double, int, bool> smooth_newton(const Matrix<T>& x, const RowArrays& rows,
                                            const Input<double>& center, const Input<double>& scale,
                                            const Input<double>& ridge, double floor,
                                            double intercept, const Output<double>& coef,
                                            const Output<double>& eta) {
    const std::size_t n = x.shape(0), p = x.shape(1);
    require_as_many("rows", rows.size(), n);
    require_length("center", center, p);
    require_length("scale", scale, p);
    require_length("ridge", ridge, p);
    require_length("coef", coef, p);
    require_length("eta", eta, n);
    const SmoothProblem<T> problem{view(x),      rows.view(),  center.data(),
                                   scale.data(), ridge.data(), floor};
    const auto of_rows = lend_memory<double>(6, n, "the rows of Newton's method");
    const auto of_columns = lend_memory<double>(5, p, "the columns of Newton's method");
    const auto sums = lend_memory<double>(p + 2, p + 2, "cross-products");
    const auto factor = lend_memory<double>(p, p, "the factor of a Hessian");
    const auto packed = lend_memory<double>(kGramRows, p + 2 * kWidest, "a block of rows");
    const SmoothMemory memory{of_rows.get(), of_columns.get(), sums.get(), factor.get(),
                              packed.get()};
    const Kernels& chosen = kernels();
    const Running running;
    const SmoothSteps found =
        chosen.of<T>().smooth_newton(problem, {intercept, coef.data(), eta.data()}, memory);
    return {found.intercept, found.done, found.settled};
}

template <class T>
void define(nb::module_& m) {
    m.def("smooth_newton", &smooth_newton<T>, "x"_a.noconvert(), "rows"_a, "center"_a, "scale"_a,
          "ridge"_a, "floor"_a, "intercept"_a, "coef"_a.noconvert(), "eta"_a.noconvert(),
          "Moves coefficients and their linear predictor to the minimum of loss plus ridge by "
          "Newton's method; returns the intercept, the steps and whether the last one was small.");
}

}  // namespace

void register_smooth_newton(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
