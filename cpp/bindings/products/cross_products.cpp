#include "bridle/products/cross_products.hpp"

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class T>
void products(const Matrix<T>& x, const Input<std::int64_t>& column, const RowMajor<double>& right,
              const OutputMatrix<double>& out) {
    require_columns(column, x.shape(1));
    require_length("right", right, x.shape(0));
    require_length("out", out, column.shape(0));
    require_width("out", out, right.shape(1));
    const DenseView<T> matrix = view(x);
    const auto memory =
        lend_memory<double>(kGroupColumns, right.shape(1), "the products of a group of columns");
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().products(matrix, {nullptr, x.shape(0)}, column.data(), column.shape(0),
                            right.data(), right.shape(1), memory.get(), out.data());
}

template <class T>
void row_products(const Matrix<T>& x, const Input<std::int64_t>& row,
                  const Input<std::int64_t>& column, const RowMajor<double>& right,
                  const OutputMatrix<double>& out) {
    require_columns(column, x.shape(1));
    require_indices("row", row, x.shape(0));
    require_length("right", right, row.shape(0));
    require_length("out", out, column.shape(0));
    require_width("out", out, right.shape(1));
    const DenseView<T> matrix = view(x);
    const auto memory =
        lend_memory<double>(kGroupColumns, right.shape(1), "the products of a group of columns");
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().products(matrix, {row.data(), row.shape(0)}, column.data(), column.shape(0),
                            right.data(), right.shape(1), memory.get(), out.data());
}

template <class T>
void vector_products(const Matrix<T>& x, const Input<double>& right, const Output<double>& out) {
    require_length("right", right, x.shape(0));
    require_length("out", out, x.shape(1));
    const DenseView<T> matrix = view(x);
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().vector_products(matrix, right.data(), out.data());
}

template <class T>
void define(nb::module_& m) {
    m.def("products", &products<T>, "x"_a.noconvert(), "column"_a, "right"_a, "out"_a.noconvert(),
          "Writes the products of the listed columns with the columns of right.");
    m.def("row_products", &row_products<T>, "x"_a.noconvert(), "row"_a, "column"_a, "right"_a,
          "out"_a.noconvert(),
          "Writes the products of the listed columns with the columns of right, over the listed "
          "rows.");
    m.def("vector_products", &vector_products<T>, "x"_a.noconvert(), "right"_a, "out"_a.noconvert(),
          "Writes the products of all columns with one vector.");
}

}  // namespace

void register_cross_products(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
