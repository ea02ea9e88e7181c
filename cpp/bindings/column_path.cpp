#include "bridle/column_path.hpp"

#include <nanobind/stl/string.h>

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "lent_memory.hpp"
#include "loss_names.hpp"
#include "register.hpp"
#include "running.hpp"
#include "sparse_matrix.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

// Memory that a call needs and nobody else sees.
class Memory {
  public:
    Memory(std::size_t rows, std::size_t count)
        : rows_(lend_memory<double>(ColumnMemory::kRowVectors, rows, kPurpose)),
          columns_(lend_memory<double>(ColumnMemory::kColumnVectors, count, kPurpose)),
          index_(lend_memory<std::int64_t>(ColumnMemory::kIndexVectors, count, kPurpose)) {}

    ColumnMemory lend() { return {rows_.get(), columns_.get(), index_.get()}; }

  private:
    static constexpr const char* kPurpose = "a path on columns";

    std::unique_ptr<double[]> rows_;
    std::unique_ptr<double[]> columns_;
    std::unique_ptr<std::int64_t[]> index_;
};

// Everything but the columns, as the arguments come.
struct Arguments {
    const std::string& loss;
    const Input<double>& weight;
    const Input<double>& y;
    const Input<double>& offset;
    const Input<double>& center;
    const Input<double>& scale;
    const Input<double>& factor;
    const Input<double>& lower;
    const Input<double>& upper;
    const Input<double>& l1;
    const Input<double>& l2;
    const OutputMatrix<double>& coef;
    const Output<double>& intercept;
    const OutputMatrix<double>& eta;
    const Output<double>& gap;
    std::size_t solved;
    std::size_t known;
    bool fit_intercept;
    std::int64_t limit;
    double tolerance;
    double violation;
};

void check(const Arguments& given, std::size_t rows, std::size_t count) {
    const std::size_t strengths = given.l1.shape(0);
    require_length("weight", given.weight, rows);
    require_length("y", given.y, rows);
    require_length("offset", given.offset, rows);
    require_length("center", given.center, count);
    require_length("scale", given.scale, count);
    require_length("factor", given.factor, count);
    require_length("lower", given.lower, count);
    require_length("upper", given.upper, count);
    require_length("l2", given.l2, strengths);
    require_length("coef", given.coef, strengths);
    require_width("coef", given.coef, count);
    require_length("intercept", given.intercept, strengths);
    require_length("eta", given.eta, strengths);
    require_width("eta", given.eta, rows);
    require_length("gap", given.gap, strengths);
    require_at_most("solved", given.solved, strengths);
    require_at_most("known", given.known, strengths);
}

template <class Columns>
std::int64_t run(ColumnPathFn<Columns> kernel, const Columns& columns, const Arguments& given,
                 std::size_t rows, std::size_t count) {
    check(given, rows, count);
    const ColumnProblem problem{loss_place(given.loss),
                                given.fit_intercept,
                                rows,
                                given.weight.data(),
                                given.y.data(),
                                given.offset.data(),
                                count,
                                given.center.data(),
                                given.scale.data(),
                                given.factor.data(),
                                given.lower.data(),
                                given.upper.data()};
    const ColumnGrid grid{given.l1.data(), given.l2.data(), given.l1.shape(0), given.solved,
                          given.known};
    const ColumnLimits limits{given.tolerance, given.violation, given.limit};
    const ColumnSolutions solutions{given.coef.data(), given.intercept.data(), given.eta.data(),
                                    given.gap.data()};
    const Running running;
    Memory memory(rows, count);
    return kernel(columns, problem, grid, limits, memory.lend(), solutions);
}

DenseColumns listed(const DenseView<double>& x, const std::int64_t* column) {
    return {x.data, x.column_stride, column};
}

template <class T, class I>
SparseColumns<T, I> listed(const SparseView<T, I>& x, const std::int64_t* column) {
    return {x, column};
}

ColumnPathFn<DenseColumns> kernel_for(const DenseView<double>& x) {
    if (x.rows > 1 && x.columns > 0 && x.row_stride != 1) {
        throw std::invalid_argument("columns must each lie along memory, as in Fortran order.");
    }
    return kernels().column_path;
}

template <class T, class I>
ColumnPathFn<SparseColumns<T, I>> kernel_for(const SparseView<T, I>& x) {
    return kernels_for(x).column_path;
}

template <class X>
std::int64_t column_path(const X& x, const Input<std::int64_t>& column, const std::string& loss,
                         const Input<double>& weight, const Input<double>& y,
                         const Input<double>& offset, const Input<double>& center,
                         const Input<double>& scale, const Input<double>& factor,
                         const Input<double>& lower, const Input<double>& upper,
                         const Input<double>& l1, const Input<double>& l2,
                         const OutputMatrix<double>& coef, const Output<double>& intercept,
                         const OutputMatrix<double>& eta, const Output<double>& gap,
                         std::size_t solved, std::size_t known, bool fit_intercept,
                         std::int64_t limit, double tolerance, double violation) {
    const Arguments given{
        loss, weight,    y,   offset, center, scale, factor,        lower, upper,     l1,       l2,
        coef, intercept, eta, gap,    solved, known, fit_intercept, limit, tolerance, violation};
    return with_view(x, [&](const auto& found, std::size_t rows, std::size_t columns) {
        require_columns(column, columns);
        return run(kernel_for(found), listed(found, column.data()), given, rows, column.shape(0));
    });
}

template <class X>
void define(nb::module_& m) {
    m.def("column_path", &column_path<X>, "x"_a.noconvert(), "column"_a, "loss"_a, "weight"_a,
          "y"_a, "offset"_a, "center"_a, "scale"_a, "factor"_a, "lower"_a, "upper"_a, "l1"_a,
          "l2"_a, "coef"_a.noconvert(), "intercept"_a.noconvert(), "eta"_a.noconvert(),
          "gap"_a.noconvert(), "solved"_a, "known"_a, "fit_intercept"_a, "limit"_a, "tolerance"_a,
          "violation"_a,
          "Solutions on listed columns at each strength, into the rows of coef; returns sweeps.");
}

}  // namespace

void register_column_path(nb::module_& m) {
    define<Matrix<double>>(m);
    define<SparseMatrix>(m);
}

}  // namespace bridle
