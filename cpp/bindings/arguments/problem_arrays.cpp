#include "arguments/problem_arrays.hpp"

#include <nanobind/stl/string.h>

#include "arguments/screen_arrays.hpp"
#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {

void register_problem_arrays(nb::module_& m) {
    nb::class_<RowArrays>(m, "Rows",
                          "Loss, weights, targets and offsets of a problem with a single output.")
        .def(nb::init<const std::string&, bool, Input<double>, Input<double>, Input<double>,
                      double>(),
             "loss"_a, "fit_intercept"_a, "weight"_a, "y"_a, "offset"_a, "parameter"_a = 0.0);
    nb::class_<FeatureArrays>(m, "Features", "Penalty factors and bounds of features.")
        .def(nb::init<Input<double>, Input<double>, Input<double>>(), "factor"_a, "lower"_a,
             "upper"_a);
    nb::class_<GridArrays>(m, "Grid", "Strengths, and the numbers of solutions and of starts.")
        .def(nb::init<Input<double>, Input<double>, std::size_t, std::size_t>(), "l1"_a, "l2"_a,
             "solved"_a = 0, "known"_a = 0);
    nb::class_<Precision>(m, "Precision",
                          "Stopping criteria at each strength; gap and gain are absolute.")
        .def(nb::init<double, double, double, std::int64_t>(), "gap"_a, "gain"_a, "violation"_a,
             "sweeps"_a)
        .def_ro("gap", &Precision::gap, "Largest duality gap of the features alone.")
        .def_ro("gain", &Precision::gain, "Smallest decrease by the best step of a sweep.")
        .def_ro("violation", &Precision::violation,
                "Largest KKT violation, as a fraction of the l1 strength.")
        .def_ro("sweeps", &Precision::sweeps, "Most sweeps.");
    nb::class_<ColumnArrays>(m, "Columns", "Columns of X minus a center, divided by a scale.")
        .def(nb::init<Input<std::int64_t>, Input<double>, Input<double>>(), "column"_a, "center"_a,
             "scale"_a);
    nb::class_<CoordinateArrays>(m, "Coordinates",
                                 "Columns, with curvature, strengths and bounds of each.")
        .def(nb::init<const ColumnArrays&, Input<double>, Input<double>, Input<double>,
                      Input<double>, Input<double>>(),
             "columns"_a, "curvature"_a, "l1"_a, "l2"_a, "lower"_a, "upper"_a);
    nb::class_<ScreenArrays>(m, "Screen", "Settings of a screening of all features.")
        .def(nb::init<RowMajor<double>, RowMajor<std::uint8_t>, Input<double>, Input<double>,
                      Input<std::int64_t>, Input<double>, Input<double>, Input<double>,
                      std::size_t>(),
             "inverse_scale"_a, "held"_a, "up"_a, "down"_a, "first"_a, "l1"_a, "ahead"_a,
             "distance"_a, "tied"_a = 1);
}

}  // namespace bridle
