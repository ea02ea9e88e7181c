#include "bridle/products/screening.hpp"

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "arguments/screen_arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class T>
void screen(const Matrix<T>& x, std::int64_t begin, std::int64_t end, const RowMajor<double>& right,
            const ScreenArrays& asked, const Output<double>& worst,
            const OutputMatrix<double>& reach) {
    const std::size_t vectors = asked.vectors();
    require_length("right", right, x.shape(0));
    require_width("right", right, vectors);
    const Screen limits = asked.view(x.shape(1), begin, end);
    const Screened found = asked.results(worst, reach, begin);
    const DenseView<T> matrix = view(x);
    const auto memory =
        lend_memory<double>(kGroupColumns, vectors, "the products of a group of columns");
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().screen(matrix, begin, end, right.data(), vectors, limits, memory.get(), found);
}

template <class T>
void define(nb::module_& m) {
    m.def("screen", &screen<T>, "x"_a.noconvert(), "begin"_a, "end"_a, "right"_a, "asked"_a,
          "worst"_a.noconvert(), "reach"_a.noconvert(),
          "Writes the largest screening ratio of each vector (worst) and of each column (reach).");
}

}  // namespace

void register_screening(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
