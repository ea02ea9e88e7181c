#include "bridle/products/class_moments.hpp"

#include <nanobind/stl/pair.h>

#include <utility>

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
void class_moments(const Matrix<T>& x, std::int64_t begin, std::int64_t end,
                   const Input<std::int64_t>& of_row, const Input<double>& weight,
                   const Output<double>& shift, const OutputMatrix<double>& sums,
                   const OutputMatrix<double>& squares) {
    const std::size_t classes = sums.shape(0);
    require_length("of_row", of_row, x.shape(0));
    require_length("weight", weight, x.shape(0));
    require_length("shift", shift, x.shape(1));
    require_width("sums", sums, x.shape(1));
    require_length("squares", squares, classes);
    require_width("squares", squares, x.shape(1));
    if (begin < 0 || begin > end || end > static_cast<std::int64_t>(x.shape(1))) {
        throw std::invalid_argument("begin and end must bound columns of x.");
    }
    for (std::size_t i = 0; i < x.shape(0); ++i) {
        if (of_row.data()[i] >= static_cast<std::int64_t>(classes)) {
            throw std::invalid_argument("of_row must name classes below the rows of sums.");
        }
    }
    const DenseView<T> matrix = view(x);
    const auto memory = lend_memory<double>(2 * kWidest, classes, "the sums of each class of rows");
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().class_moments(matrix, begin, end, {of_row.data(), classes, weight.data()},
                                 memory.get(),
                                 {shift.data(), sums.data(), squares.data(), x.shape(1)});
}

template <class T>
void gram_of_rows(const Matrix<T>& x, const Input<std::int64_t>& row, const Input<double>& weight,
                  const Input<double>& target, const Input<double>& shift,
                  const OutputMatrix<double>& gram) {
    require_indices("row", row, x.shape(0));
    require_length("weight", weight, x.shape(0));
    require_length("shift", shift, x.shape(1));
    require_length("target", target, x.shape(0));
    require_length("gram", gram, x.shape(1) + 2);
    require_width("gram", gram, x.shape(1) + 2);
    const DenseView<T> matrix = view(x);
    const auto packed = lend_memory<double>(kGramRows, x.shape(1) + 2 * kWidest, "a block of rows");
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().gram_of_rows(matrix, row.data(), row.shape(0), weight.data(), target.data(),
                                shift.data(), packed.get(), gram.data());
}

template <class T>
std::pair<double, double> gram_of_all(const Matrix<T>& x, const RowArrays& rows,
                                      const Input<double>& shift, const Input<double>& scale,
                                      const OutputMatrix<double>& gram,
                                      const Output<double>& linear) {
    const std::size_t size = x.shape(1), width = size + 2;
    require_as_many("rows", rows.size(), x.shape(0));
    require_length("shift", shift, size);
    require_length("scale", scale, size);
    require_length("gram", gram, size);
    require_width("gram", gram, size);
    require_length("linear", linear, size);
    const DenseView<T> matrix = view(x);
    const auto sums = lend_memory<double>(width, width, "cross-products");
    const auto target = lend_memory<double>(1, rows.size(), "a target");
    const auto packed = lend_memory<double>(kGramRows, size + 2 * kWidest, "a block of rows");
    const Kernels& chosen = kernels();
    const Running running;
    const TargetSums found =
        chosen.of<T>().gram_of_all(matrix, rows.view(), sums.get(), target.get(), packed.get(),
                                   {shift.data(), scale.data(), gram.data(), linear.data()});
    return {found.level, found.total_squares};
}

template <class T>
void define(nb::module_& m) {
    m.def("class_moments", &class_moments<T>, "x"_a.noconvert(), "begin"_a, "end"_a, "of_row"_a,
          "weight"_a, "shift"_a.noconvert(), "sums"_a.noconvert(), "squares"_a.noconvert(),
          "Weighted sums and squares of columns about a common shift, for each class of rows.");
    m.def(
        "gram_of_rows", &gram_of_rows<T>, "x"_a.noconvert(), "row"_a, "weight"_a, "target"_a,
        "shift"_a, "gram"_a.noconvert(),
        "Adds the weighted cross-products of all columns, the target and 1 over the listed rows to "
        "the upper triangle of gram.");
    m.def("gram_of_all", &gram_of_all<T>, "x"_a.noconvert(), "rows"_a, "shift"_a, "scale"_a,
          "gram"_a.noconvert(), "linear"_a.noconvert(),
          "Writes the weighted cross-products of all columns with each other and with the target; "
          "returns the mean of the target and its total sum of squares.");
}

}  // namespace

void register_class_moments(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
