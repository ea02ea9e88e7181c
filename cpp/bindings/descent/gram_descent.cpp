#include "bridle/descent/gram_descent.hpp"

#include <nanobind/stl/pair.h>

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

std::pair<std::int64_t, double> gram_path(const Matrix<double>& gram,
                                          const RowMajor<double>& linear,
                                          const Input<double>& total_squares,
                                          const FeatureArrays& features, const GridArrays& grid,
                                          const Precision& precision,
                                          const OutputMatrix<double>& coef) {
    const std::size_t size = features.size(), count = grid.size();
    require_length("total_squares", total_squares, count);
    require_length("coef", coef, count);
    require_width("coef", coef, size);
    require_width("linear", linear, size);
    if (linear.shape(0) != 1) require_length("linear", linear, count);
    if (gram.shape(0) < size || gram.shape(1) < size ||
        (size > 1 && (gram.stride(1) != 1 || gram.stride(0) < 0))) {
        throw std::invalid_argument("gram must hold a row for each feature, each along memory.");
    }
    const GramProblem problem{gram.data(),
                              static_cast<std::size_t>(gram.stride(0)),
                              size,
                              linear.data(),
                              linear.shape(0) == 1 ? 0 : size,
                              total_squares.data(),
                              features.factor(),
                              features.lower(),
                              features.upper()};
    const auto matrix = lend_memory<double>(size, size, "the factor of a Gram matrix");
    const auto vectors = lend_memory<double>(13, size, "a path on a Gram matrix");
    const auto index = lend_memory<std::int64_t>(3, size, "a path on a Gram matrix");
    const Workspace work{matrix.get(), vectors.get(), index.get(), index.get() + size};
    const Kernels& chosen = kernels();
    const Running running;
    const Sweeps sweeps = chosen.gram_path(problem, grid.view(), work, precision, coef.data());
    return {sweeps.done, sweeps.largest_gain};
}

}  // namespace

void register_gram_descent(nb::module_& m) {
    m.def("gram_path", &gram_path, "gram"_a.noconvert(), "linear"_a, "total_squares"_a,
          "features"_a, "grid"_a, "precision"_a, "coef"_a.noconvert(),
          "Writes the solutions on a Gram matrix into the rows of coef that are not solved yet; "
          "returns the number of sweeps and the last gain.");
}

}  // namespace bridle
