#include "bridle/products/sparse_products.hpp"

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "arguments/screen_arrays.hpp"
#include "arguments/sparse_matrix.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

void products(const SparseMatrix& x, const Input<std::int64_t>& column,
              const RowMajor<double>& right, const OutputMatrix<double>& out) {
    require_columns(column, x.columns());
    require_length("right", right, x.rows());
    require_length("out", out, column.shape(0));
    require_width("out", out, right.shape(1));
    x.with_view([&](const auto& found) {
        const Running running;
        kernels_for(found).products(found, column.data(), column.shape(0), right.data(),
                                    right.shape(1), out.data());
    });
}

void screen(const SparseMatrix& x, std::int64_t begin, std::int64_t end,
            const RowMajor<double>& right, const ScreenArrays& asked, const Output<double>& worst,
            const OutputMatrix<double>& reach) {
    const std::size_t vectors = asked.vectors();
    require_length("right", right, x.rows());
    require_width("right", right, vectors);
    const Screen limits = asked.view(x.columns(), begin, end);
    const Screened out = asked.results(worst, reach, begin);
    const auto memory =
        lend_memory<double>(kGroupColumns, vectors, "the products of a group of columns");
    x.with_view([&](const auto& found) {
        const Running running;
        kernels_for(found).screen(found, begin, end, right.data(), vectors, limits, memory.get(),
                                  out);
    });
}

}  // namespace

void register_sparse_products(nb::module_& m) {
    m.def("products", &products, "x"_a, "column"_a, "right"_a, "out"_a.noconvert(),
          "Writes the products of the listed columns with the columns of right.");
    m.def("screen", &screen, "x"_a, "begin"_a, "end"_a, "right"_a, "asked"_a, "worst"_a.noconvert(),
          "reach"_a.noconvert(),
          "Writes the largest screening ratio of each vector (worst) and of each column (reach).");
}

}  // namespace bridle
