#include "bridle/descent/coordinate_descent.hpp"

#include <nanobind/stl/pair.h>

#include "arguments/arrays.hpp"
#include "arguments/problem_arrays.hpp"
#include "arguments/sparse_matrix.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class X>
std::pair<std::int64_t, double> descend(const X& x, const Input<double>& weight,
                                        const CoordinateArrays& coordinates,
                                        const Output<double>& coef, const Output<double>& residual,
                                        std::int64_t limit, double tolerance) {
    require_length("coef", coef, coordinates.size());
    const Coordinates list = coordinates.view();
    const Sweeps sweeps = with_view(x, [&](const auto& found, std::size_t n, std::size_t p) {
        require_length("weight", weight, n);
        require_length("residual", residual, n);
        require_columns(coordinates.column(), p);
        const Running running;
        return kernels_for(found).descend(found, weight.data(), list, coef.data(), residual.data(),
                                          limit, tolerance);
    });
    return {sweeps.done, sweeps.largest_gain};
}

template <class X>
void moments(const X& x, const Input<double>& weight, const Input<std::int64_t>& column,
             const Output<double>& mean, const Output<double>& variance) {
    const std::size_t count = column.shape(0);
    require_length("mean", mean, count);
    require_length("variance", variance, count);
    with_view(x, [&](const auto& found, std::size_t n, std::size_t p) {
        require_length("weight", weight, n);
        require_columns(column, p);
        const Running running;
        kernels_for(found).moments(found, weight.data(), column.data(), count, mean.data(),
                                   variance.data());
    });
}

template <class X>
void define(nb::module_& m) {
    m.def("descend", &descend<X>, "x"_a.noconvert(), "weight"_a, "coordinates"_a,
          "coef"_a.noconvert(), "residual"_a.noconvert(), "limit"_a, "tolerance"_a,
          "Coordinate descent over the listed columns, in place; returns the number of sweeps and "
          "the "
          "last gain.");
    m.def("moments", &moments<X>, "x"_a.noconvert(), "weight"_a, "column"_a, "mean"_a.noconvert(),
          "variance"_a.noconvert(), "Writes the weighted mean and variance of the listed columns.");
}

}  // namespace

void register_coordinate_descent(nb::module_& m) {
    define<Matrix<double>>(m);
    define<Matrix<float>>(m);
    define<SparseMatrix>(m);
}

}  // namespace bridle
