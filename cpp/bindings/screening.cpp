#include "bridle/screening.hpp"

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "lent_memory.hpp"
#include "register.hpp"
#include "running.hpp"
#include "screen_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class T>
void screen(const Matrix<T>& x, std::int64_t begin, std::int64_t end, const RowMajor<double>& right,
            const RowMajor<double>& inverse_scale, const RowMajor<std::uint8_t>& held,
            const Input<double>& up, const Input<double>& down, const Input<std::int64_t>& first,
            const Input<double>& l1, const Input<double>& ahead, const Input<double>& distance,
            const Output<double>& worst, const OutputMatrix<double>& reach) {
    const ScreenArrays arrays{inverse_scale, held,     up,    down, first, l1,
                              ahead,         distance, worst, reach};
    require_length("right", right, x.shape(0));
    require_width("right", right, l1.shape(0));
    const Screen limits = arrays.checked(x.shape(1), begin, end);
    const DenseView<T> matrix = view(x);
    const auto memory =
        lend_memory<double>(kGroupColumns, l1.shape(0), "the products of a group of columns");
    const Kernels& chosen = kernels();
    const Running running;
    chosen.of<T>().screen(matrix, begin, end, right.data(), l1.shape(0), limits, memory.get(),
                          arrays.results(begin));
}

template <class T>
void define(nb::module_& m) {
    m.def("screen", &screen<T>, "x"_a.noconvert(), "begin"_a, "end"_a, "right"_a, "inverse_scale"_a,
          "held"_a, "up"_a, "down"_a, "first"_a, "l1"_a, "ahead"_a, "distance"_a,
          "worst"_a.noconvert(), "reach"_a.noconvert(),
          "How far slopes go beyond l1: the worst of each vector, the reach of each column.");
}

}  // namespace

void register_screening(nb::module_& m) {
    define<double>(m);
    define<float>(m);
}

}  // namespace bridle
