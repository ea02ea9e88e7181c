#include "bridle/path/class_path.hpp"

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "arguments/problem_arrays.hpp"
#include "arguments/sparse_matrix.hpp"
#include "bridle/kernels.hpp"
#include "bridle/loss/class_pass.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

// Rows of a problem with several classes.
class ClassRowArrays {
  public:
    ClassRowArrays(bool fit_intercept, Input<double> weight, RowMajor<double> y,
                   RowMajor<double> offset)
        : fit_intercept_(fit_intercept),
          weight_(std::move(weight)),
          y_(std::move(y)),
          offset_(std::move(offset)) {
        if (classes() == 0) {
            throw std::invalid_argument("y must have a row for each class. Received: no rows.");
        }
        require_width("y", y_, size());
        require_width("offset", offset_, size());
        require_length("offset", offset_, classes());
    }

    std::size_t size() const { return weight_.shape(0); }
    std::size_t classes() const { return y_.shape(0); }
    ClassRows view() const {
        return {fit_intercept_, size(), classes(), weight_.data(), y_.data(), offset_.data()};
    }

  private:
    bool fit_intercept_;
    Input<double> weight_;
    RowMajor<double> y_;
    RowMajor<double> offset_;
};

class ClassSolutionArrays {
  public:
    ClassSolutionArrays(OutputMatrix<double> coef, OutputMatrix<double> intercept,
                        OutputMatrix<double> eta, Output<double> gap)
        : coef_(std::move(coef)),
          intercept_(std::move(intercept)),
          eta_(std::move(eta)),
          gap_(std::move(gap)) {}

    ClassSolutions view(std::size_t strengths, const ClassProblem& problem) const {
        require_length("coef", coef_, strengths);
        require_width("coef", coef_, problem.pairs());
        require_length("intercept", intercept_, strengths);
        require_width("intercept", intercept_, problem.classes);
        require_length("eta", eta_, strengths);
        require_width("eta", eta_, problem.size());
        require_length("gap", gap_, strengths);
        return {coef_.data(), intercept_.data(), eta_.data(), gap_.data()};
    }

  private:
    OutputMatrix<double> coef_;
    OutputMatrix<double> intercept_;
    OutputMatrix<double> eta_;
    Output<double> gap_;
};

// Working memory of a call.
class Memory {
  public:
    explicit Memory(const ClassProblem& problem)
        : rows_(lend<double>(ClassMemory::kRowVectors, problem.rows)),
          class_rows_(lend<double>(ClassMemory::kClassVectors, problem.size())),
          pairs_(lend<double>(ClassMemory::kPairVectors, problem.pairs())),
          classes_(lend<double>(ClassMemory::kSumVectors, problem.classes)),
          history_(lend<double>(ClassMemory::kHistory, problem.pairs() + problem.classes)),
          index_(lend<std::int64_t>(ClassMemory::kIndexVectors, problem.pairs())),
          sizes_(lend<std::int64_t>(ClassMemory::kSizeVectors, problem.classes)) {}

    ClassMemory view() {
        return {rows_.get(),    class_rows_.get(), pairs_.get(), classes_.get(),
                history_.get(), index_.get(),      sizes_.get()};
    }

  private:
    template <class T>
    static std::unique_ptr<T[]> lend(std::size_t vectors, std::size_t size) {
        return lend_memory<T>(vectors, size, "a path of several classes");
    }

    std::unique_ptr<double[]> rows_;
    std::unique_ptr<double[]> class_rows_;
    std::unique_ptr<double[]> pairs_;
    std::unique_ptr<double[]> classes_;
    std::unique_ptr<double[]> history_;
    std::unique_ptr<std::int64_t[]> index_;
    std::unique_ptr<std::int64_t[]> sizes_;
};

DenseColumns listed(const DenseView<double>& x, const std::int64_t* column) {
    return {x.data, x.column_stride, column};
}

template <class T, class I>
SparseColumns<T, I> listed(const SparseView<T, I>& x, const std::int64_t* column) {
    return {x, column};
}

ClassPathFn<DenseColumns> kernel_for(const DenseView<double>& x) {
    if (x.rows > 1 && x.columns > 0 && x.row_stride != 1) {
        throw std::invalid_argument("columns must each lie along memory, as in Fortran order.");
    }
    return kernels().class_path;
}

template <class T, class I>
ClassPathFn<SparseColumns<T, I>> kernel_for(const SparseView<T, I>& x) {
    return kernels_for(x).class_path;
}

template <class X>
std::int64_t class_path(const X& x, const ColumnArrays& columns, const ClassRowArrays& rows,
                        const FeatureArrays& features, const GridArrays& grid,
                        const Precision& precision, const ClassSolutionArrays& solutions) {
    return with_view(x, [&](const auto& found, std::size_t n, std::size_t p) {
        require_columns(columns.column(), p);
        require_as_many("rows", rows.size(), n);
        require_as_many("features", features.size(), columns.size());
        const ClassProblem problem{rows.view(),     columns.size(),    columns.center(),
                                   columns.scale(), features.factor(), features.lower(),
                                   features.upper()};
        const ClassSolutions out = solutions.view(grid.size(), problem);
        const auto kernel = kernel_for(found);
        const auto list = listed(found, columns.column().data());
        const Running running;
        Memory memory(problem);
        return kernel(list, problem, grid.view(), precision, memory.view(), out);
    });
}

void class_pass(const ClassRowArrays& given, const RowMajor<double>& eta,
                const OutputMatrix<double>& dual, std::size_t first,
                const OutputMatrix<double>& totals) {
    const ClassRows rows = given.view();
    const std::size_t count = eta.shape(0);
    require_width("eta", eta, rows.size());
    require_length("dual", dual, rows.rows);
    require_length("totals", totals, 5);
    require_width("totals", totals, count);
    require_at_most("first", first, dual.shape(1));
    require_at_most("the classes of the rows of eta", count * rows.classes, dual.shape(1) - first);
    const std::size_t needed =
        kClassPassTogether * rows.size() + 2 * rows.rows + rows.classes * (rows.classes + 3);
    const auto memory = lend_memory<double>(1, needed, "the rows of several classes");
    const Kernels& chosen = kernels();
    double* out = totals.data();
    const Running running;
    chosen.class_pass(rows, eta.data(), count, memory.get(), dual.data() + first, dual.shape(1),
                      {out, out + count, out + 2 * count, out + 3 * count, out + 4 * count});
}

template <class X>
void define(nb::module_& m) {
    m.def("class_path", &class_path<X>, "x"_a.noconvert(), "columns"_a, "rows"_a, "features"_a,
          "grid"_a, "precision"_a, "solutions"_a,
          "Writes the solutions on the listed columns at each strength, for the multinomial loss; "
          "returns the number of sweeps.");
}

}  // namespace

void register_class_path(nb::module_& m) {
    nb::class_<ClassRowArrays>(m, "ClassRows",
                               "Weights, and the targets and offsets of each class, of all rows.")
        .def(nb::init<bool, Input<double>, RowMajor<double>, RowMajor<double>>(), "fit_intercept"_a,
             "weights"_a.noconvert(), "y"_a.noconvert(), "offset"_a.noconvert());
    nb::class_<ClassSolutionArrays>(m, "ClassSolutions",
                                    "Arrays for the solutions of a path of several classes.")
        .def(nb::init<OutputMatrix<double>, OutputMatrix<double>, OutputMatrix<double>,
                      Output<double>>(),
             "coef"_a.noconvert(), "intercept"_a.noconvert(), "eta"_a.noconvert(),
             "gap"_a.noconvert());
    define<Matrix<double>>(m);
    define<SparseMatrix>(m);
    m.def("class_pass", &class_pass, "rows"_a, "eta"_a, "dual"_a.noconvert(), "first"_a,
          "totals"_a.noconvert(),
          "Writes the negative gradients of each class at each row of eta into the columns of dual "
          "from first on; the rows of totals receive value, residual, span, moved and pearson.");
}

}  // namespace bridle
