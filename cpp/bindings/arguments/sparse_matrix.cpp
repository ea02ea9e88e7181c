#include "arguments/sparse_matrix.hpp"

#include "register.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

template <class T, class I>
void define(nb::class_<SparseMatrix>& type) {
    type.def(nb::init<Input<T>, Input<I>, Input<I>, std::size_t>(), "data"_a.noconvert(),
             "indices"_a.noconvert(), "indptr"_a.noconvert(), "rows"_a);
}

}  // namespace

void register_sparse_matrix(nb::module_& m) {
    nb::class_<SparseMatrix> type(m, "SparseMatrix",
                                  "A matrix in compressed columns, without a copy of its arrays.");
    define<double, std::int32_t>(type);
    define<double, std::int64_t>(type);
    define<float, std::int32_t>(type);
    define<float, std::int64_t>(type);
    type.def_prop_ro(
        "shape", [](const SparseMatrix& x) { return nb::make_tuple(x.rows(), x.columns()); },
        nb::sig("def shape(self) -> tuple[int, int]"), "Numbers of rows and columns.");
}

}  // namespace bridle
