#include "bridle/path/column_path.hpp"

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "arguments/problem_arrays.hpp"
#include "arguments/sparse_matrix.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

class SolutionArrays {
  public:
    SolutionArrays(OutputMatrix<double> coef, Output<double> intercept, OutputMatrix<double> eta,
                   Output<double> gap)
        : coef_(std::move(coef)),
          intercept_(std::move(intercept)),
          eta_(std::move(eta)),
          gap_(std::move(gap)) {}

    ColumnSolutions view(std::size_t strengths, std::size_t columns, std::size_t rows) const {
        require_length("coef", coef_, strengths);
        require_width("coef", coef_, columns);
        require_length("intercept", intercept_, strengths);
        require_length("eta", eta_, strengths);
        require_width("eta", eta_, rows);
        require_length("gap", gap_, strengths);
        return {coef_.data(), intercept_.data(), eta_.data(), gap_.data()};
    }

  private:
    OutputMatrix<double> coef_;
    Output<double> intercept_;
    OutputMatrix<double> eta_;
    Output<double> gap_;
};

// Working memory of a call.
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

template <class Columns>
std::int64_t run(ColumnPathFn<Columns> kernel, const Columns& columns, const ColumnArrays& listed,
                 const RowArrays& rows, const FeatureArrays& features, const GridArrays& grid,
                 const Precision& precision, const SolutionArrays& solutions) {
    require_as_many("features", features.size(), listed.size());
    const ColumnSolutions out = solutions.view(grid.size(), listed.size(), rows.size());
    const ColumnProblem problem{rows.view(),     listed.size(),     listed.center(),
                                listed.scale(),  features.factor(), features.lower(),
                                features.upper()};
    const Running running;
    Memory memory(rows.size(), listed.size());
    return kernel(columns, problem, grid.view(), precision, memory.lend(), out);
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
std::int64_t column_path(const X& x, const ColumnArrays& columns, const RowArrays& rows,
                         const FeatureArrays& features, const GridArrays& grid,
                         const Precision& precision, const SolutionArrays& solutions) {
    return with_view(x, [&](const auto& found, std::size_t n, std::size_t p) {
        require_columns(columns.column(), p);
        require_as_many("rows", rows.size(), n);
        return run(kernel_for(found), listed(found, columns.column().data()), columns, rows,
                   features, grid, precision, solutions);
    });
}

template <class X>
void define(nb::module_& m) {
    m.def("column_path", &column_path<X>, "x"_a.noconvert(), "columns"_a, "rows"_a, "features"_a,
          "grid"_a, "precision"_a, "solutions"_a,
          "Writes the solutions on the listed columns at each strength; returns the number of "
          "sweeps.");
}

}  // namespace

void register_column_path(nb::module_& m) {
    nb::class_<SolutionArrays>(m, "Solutions",
                               "Arrays for the solutions of a path, a row for each.")
        .def(nb::init<OutputMatrix<double>, Output<double>, OutputMatrix<double>, Output<double>>(),
             "coef"_a.noconvert(), "intercept"_a.noconvert(), "eta"_a.noconvert(),
             "gap"_a.noconvert());
    define<Matrix<double>>(m);
    define<SparseMatrix>(m);
}

}  // namespace bridle
