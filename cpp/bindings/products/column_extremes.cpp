#include "bridle/products/column_extremes.hpp"

#include "arguments/arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class T>
void column_extremes(const Matrix<T>& x, const Output<double>& low, const Output<double>& high) {
    require_length("low", low, x.shape(1));
    require_length("high", high, x.shape(1));
    const DenseView<T> matrix = view(x);
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().column_extremes(matrix, low.data(), high.data());
}

template <class T>
void define(nb::module_& m) {
    m.def(
        "column_extremes", &column_extremes<T>, "x"_a.noconvert(), "low"_a.noconvert(),
        "high"_a.noconvert(),
        "Writes the smallest and largest value of each column; both are NaN if one is not finite.");
}

}  // namespace

void register_column_extremes(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
