#include "bridle/gram_descent.hpp"

#include <nanobind/stl/pair.h>

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "lent_memory.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

std::pair<std::int64_t, double> gram_path(
    const Matrix<double>& gram, const RowMajor<double>& linear, const Input<double>& total_squares,
    const Input<double>& factor, const Input<double>& lower, const Input<double>& upper,
    const Input<double>& l1, const Input<double>& l2, const OutputMatrix<double>& coef,
    std::size_t solved, std::size_t known, double gap, double gain, std::int64_t limit) {
    const std::size_t size = factor.shape(0);
    const std::size_t count = l1.shape(0);
    require_length("lower", lower, size);
    require_length("upper", upper, size);
    require_length("total_squares", total_squares, count);
    require_length("l2", l2, count);
    require_length("coef", coef, count);
    require_width("coef", coef, size);
    require_width("linear", linear, size);
    if (linear.shape(0) != 1) require_length("linear", linear, count);
    require_at_most("solved", solved, count);
    require_at_most("known", known, count);
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
                              factor.data(),
                              lower.data(),
                              upper.data()};
    const auto matrix = lend_memory<double>(size, size, "the factor of a Gram matrix");
    const auto vectors = lend_memory<double>(13, size, "a path on a Gram matrix");
    const auto index = lend_memory<std::int64_t>(3, size, "a path on a Gram matrix");
    const Workspace work{matrix.get(), vectors.get(), index.get(), index.get() + size};
    const Kernels& chosen = kernels();
    const Running running;
    const Sweeps sweeps = chosen.gram_path(problem, {l1.data(), l2.data(), count, solved, known},
                                           work, {gap, gain, limit}, coef.data());
    return {sweeps.done, sweeps.largest_gain};
}

}  // namespace

void register_gram_descent(nb::module_& m) {
    m.def("gram_path", &gram_path, "gram"_a.noconvert(), "linear"_a, "total_squares"_a, "factor"_a,
          "lower"_a, "upper"_a, "l1"_a, "l2"_a, "coef"_a.noconvert(), "solved"_a, "known"_a,
          "gap"_a, "gain"_a, "limit"_a,
          "Solutions on a Gram matrix at each strength, into the rows of coef after those that are "
          "solved; returns sweeps and last gain.");
}

}  // namespace bridle
