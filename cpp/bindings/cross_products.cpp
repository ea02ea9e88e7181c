#include "bridle/cross_products.hpp"

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"

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
    const Kernels& chosen = kernels();
    nb::gil_scoped_release released;
    chosen.of<T>().products(matrix, column.data(), column.shape(0), right.data(), right.shape(1),
                            out.data());
}

template <class T>
void screen(const Matrix<T>& x, std::int64_t begin, std::int64_t end, const RowMajor<double>& right,
            const RowMajor<double>& inverse_scale, const Input<std::int64_t>& group,
            const Input<double>& l1, const Input<double>& up, const Input<double>& down,
            const Output<double>& worst, const Output<double>& reach) {
    const std::size_t vectors = right.shape(1);
    require_length("right", right, x.shape(0));
    require_length("group", group, vectors);
    require_length("l1", l1, vectors);
    require_length("up", up, x.shape(1));
    require_length("down", down, x.shape(1));
    require_length("worst", worst, vectors);
    require_width("inverse_scale", inverse_scale, x.shape(1));
    require_indices("group", group, inverse_scale.shape(0));
    if (begin < 0 || begin > end || end > static_cast<std::int64_t>(x.shape(1))) {
        throw std::invalid_argument("begin and end must bound columns of x.");
    }
    require_length("reach", reach, static_cast<std::size_t>(end - begin));
    const Screen limits{inverse_scale.data(), group.data(), l1.data(), up.data(), down.data()};
    const DenseView<T> matrix = view(x);
    const Kernels& chosen = kernels();
    nb::gil_scoped_release released;
    chosen.of<T>().screen(matrix, begin, end, right.data(), vectors, limits, worst.data(),
                          reach.data());
}

template <class T>
void define(nb::module_& m) {
    m.def("products", &products<T>, "x"_a.noconvert(), "column"_a, "right"_a, "out"_a.noconvert(),
          "Products of the listed columns with the columns of right, written into out.");
    m.def("screen", &screen<T>, "x"_a.noconvert(), "begin"_a, "end"_a, "right"_a, "inverse_scale"_a,
          "group"_a, "l1"_a, "up"_a, "down"_a, "worst"_a.noconvert(), "reach"_a.noconvert(),
          "How far slopes go beyond l1: the worst of each vector, the reach of each column.");
}

}  // namespace

void register_cross_products(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
