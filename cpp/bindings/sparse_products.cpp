#include "bridle/sparse_products.hpp"

#include "arrays.hpp"
#include "lent_memory.hpp"
#include "register.hpp"
#include "running.hpp"
#include "screen_arrays.hpp"
#include "sparse_matrix.hpp"

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
            const RowMajor<double>& right, const RowMajor<double>& inverse_scale,
            const RowMajor<std::uint8_t>& held, const Input<double>& up, const Input<double>& down,
            const Input<std::int64_t>& first, const Input<double>& l1, const Input<double>& ahead,
            const Input<double>& distance, const Output<double>& worst,
            const OutputMatrix<double>& reach) {
    const ScreenArrays arrays{inverse_scale, held,     up,    down, first, l1,
                              ahead,         distance, worst, reach};
    require_length("right", right, x.rows());
    require_width("right", right, l1.shape(0));
    const Screen limits = arrays.checked(x.columns(), begin, end);
    const auto memory =
        lend_memory<double>(kGroupColumns, l1.shape(0), "the products of a group of columns");
    x.with_view([&](const auto& found) {
        const Running running;
        kernels_for(found).screen(found, begin, end, right.data(), l1.shape(0), limits,
                                  memory.get(), arrays.results(begin));
    });
}

}  // namespace

void register_sparse_products(nb::module_& m) {
    m.def("products", &products, "x"_a, "column"_a, "right"_a, "out"_a.noconvert(),
          "Products of the listed columns with the columns of right, written into out.");
    m.def("screen", &screen, "x"_a, "begin"_a, "end"_a, "right"_a, "inverse_scale"_a, "held"_a,
          "up"_a, "down"_a, "first"_a, "l1"_a, "ahead"_a, "distance"_a, "worst"_a.noconvert(),
          "reach"_a.noconvert(),
          "How far slopes go beyond l1: the worst of each vector, the reach of each column.");
}

}  // namespace bridle
