#include "problem_arrays.hpp"

#include <nanobind/stl/string.h>

#include "register.hpp"
#include "screen_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {

void register_problem_arrays(nb::module_& m) {
    nb::class_<RowArrays>(m, "Rows", "Weights, targets and offsets of a problem of one output.")
        .def(nb::init<const std::string&, bool, Input<double>, Input<double>, Input<double>>(),
             "loss"_a, "fit_intercept"_a, "weight"_a, "y"_a, "offset"_a);
    nb::class_<FeatureArrays>(m, "Features", "Penalty factors and bounds of features.")
        .def(nb::init<Input<double>, Input<double>, Input<double>>(), "factor"_a, "lower"_a,
             "upper"_a);
    nb::class_<GridArrays>(m, "Grid", "Strengths, solutions known and points to start from.")
        .def(nb::init<Input<double>, Input<double>, std::size_t, std::size_t>(), "l1"_a, "l2"_a,
             "solved"_a = 0, "known"_a = 0);
    nb::class_<Precision>(m, "Precision", "When a strength is done; gaps and gains are absolute.")
        .def(nb::init<double, double, double, std::int64_t>(), "gap"_a, "gain"_a, "violation"_a,
             "sweeps"_a)
        .def_ro("gap", &Precision::gap, "Duality gap of the features alone.")
        .def_ro("gain", &Precision::gain, "What the best step of a sweep gains.")
        .def_ro("violation", &Precision::violation,
                "Largest violation of an optimality condition, as a share of the l1 strength.")
        .def_ro("sweeps", &Precision::sweeps, "After so many it is done all the same.");
    nb::class_<ColumnArrays>(m, "Columns", "Columns of X less a center, over a scale.")
        .def(nb::init<Input<std::int64_t>, Input<double>, Input<double>>(), "column"_a, "center"_a,
             "scale"_a);
    nb::class_<CoordinateArrays>(m, "Coordinates", "Columns, and what descent needs of each.")
        .def(nb::init<const ColumnArrays&, Input<double>, Input<double>, Input<double>,
                      Input<double>, Input<double>>(),
             "columns"_a, "curvature"_a, "l1"_a, "l2"_a, "lower"_a, "upper"_a);
    nb::class_<ScreenArrays>(m, "Screen", "What is asked of the slopes of all features.")
        .def(nb::init<RowMajor<double>, RowMajor<std::uint8_t>, Input<double>, Input<double>,
                      Input<std::int64_t>, Input<double>, Input<double>, Input<double>>(),
             "inverse_scale"_a, "held"_a, "up"_a, "down"_a, "first"_a, "l1"_a, "ahead"_a,
             "distance"_a);
}

}  // namespace bridle
