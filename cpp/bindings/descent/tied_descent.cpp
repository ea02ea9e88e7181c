#include "bridle/descent/tied_descent.hpp"

#include "arguments/arrays.hpp"
#include "arguments/lent_memory.hpp"
#include "arguments/problem_arrays.hpp"
#include "bridle/kernels.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

// Working memory of a call.
class Memory {
  public:
    Memory(const TiedFeatures& features, std::size_t of_model)
        : numbers_(lend_memory<double>(
              1, of_model + kTiedVectors * features.pairs() + 2 * features.outputs, kPurpose)),
          index_(lend_memory<std::int64_t>(2, features.size, kPurpose)) {}

    double* numbers() const { return numbers_.get(); }
    std::int64_t* index() const { return index_.get(); }

  private:
    static constexpr const char* kPurpose = "a path of tied outputs";

    std::unique_ptr<double[]> numbers_;
    std::unique_ptr<std::int64_t[]> index_;
};

using Grams = AlignedArray<const double, nb::ndim<3>>;

std::int64_t tied_gram_path(const Grams& grams, const RowMajor<double>& linear,
                            double total_squares, const FeatureArrays& features,
                            const GridArrays& grid, const Precision& precision,
                            const OutputMatrix<double>& coef) {
    const std::size_t size = features.size(), outputs = linear.shape(0), count = grid.size();
    require_width("linear", linear, size);
    require_length("coef", coef, count);
    require_width("coef", coef, outputs * size);
    const bool shared = grams.shape(0) == 1;
    if (!shared) require_as_many("grams", grams.shape(0), outputs);
    if (grams.shape(1) < size || grams.shape(2) < size ||
        (size > 1 && (grams.stride(2) != 1 || grams.stride(1) < 0)) || grams.stride(0) < 0) {
        throw std::invalid_argument("grams must hold a row for each feature, each along memory.");
    }
    const TiedFeatures problem{size, outputs, features.factor()};
    const TiedGrams given{grams.data(), shared ? 0 : static_cast<std::size_t>(grams.stride(0)),
                          static_cast<std::size_t>(grams.stride(1)), linear.data(), total_squares};
    const Memory memory(problem, 2 * problem.pairs());
    const Kernels& chosen = kernels();
    const Running running;
    return chosen.tied_gram_path(given, problem, grid.view(), precision, memory.numbers(),
                                 memory.index(), coef.data());
}

std::int64_t tied_column_path(const Matrix<double>& x, const ColumnArrays& columns,
                              bool fit_intercept, const Input<double>& weights,
                              const RowMajor<double>& y, const FeatureArrays& features,
                              const GridArrays& grid, const Precision& precision,
                              const OutputMatrix<double>& coef) {
    const DenseView<double> matrix = view(x);
    const std::size_t rows = weights.shape(0), size = features.size(), outputs = y.shape(0);
    if (matrix.rows > 1 && matrix.columns > 0 && matrix.row_stride != 1) {
        throw std::invalid_argument("columns must each lie along memory, as in Fortran order.");
    }
    require_columns(columns.column(), x.shape(1));
    require_as_many("rows", rows, x.shape(0));
    require_as_many("features", size, columns.size());
    require_width("y", y, rows);
    require_length("coef", coef, grid.size());
    require_width("coef", coef, outputs * size);
    const TiedFeatures problem{size, outputs, features.factor()};
    const TiedRows given{fit_intercept,
                         rows,
                         weights.data(),
                         y.data(),
                         {matrix.data, matrix.column_stride, columns.column().data()},
                         columns.center(),
                         columns.scale()};
    const Memory memory(problem, problem.pairs() + 2 * rows * (outputs + 1) + 2 * size + outputs);
    const Kernels& chosen = kernels();
    const Running running;
    return chosen.tied_column_path(given, problem, grid.view(), precision, memory.numbers(),
                                   memory.index(), coef.data());
}

}  // namespace

void register_tied_descent(nb::module_& m) {
    m.def("tied_gram_path", &tied_gram_path, "grams"_a.noconvert(), "linear"_a, "total_squares"_a,
          "features"_a, "grid"_a, "precision"_a, "coef"_a.noconvert(),
          "Writes the solutions for coefficients tied over the outputs into the rows of coef that "
          "are not solved yet; returns the number of sweeps. There is one Gram matrix for all "
          "outputs, or one for each.");
    m.def("tied_column_path", &tied_column_path, "x"_a.noconvert(), "columns"_a, "fit_intercept"_a,
          "weights"_a, "y"_a, "features"_a, "grid"_a, "precision"_a, "coef"_a.noconvert(),
          "As tied_gram_path, on the listed columns and for squared loss; with intercepts, the "
          "weighted sums of y must be 0.");
}

}  // namespace bridle
