// The table of kernels of one instruction set. Compiled once for each; see level.hpp.
#include "bridle/kernels.hpp"
#include "level.hpp"
#include "loss/catalogue.hpp"

#define BRIDLE_TEXT_(a) #a
#define BRIDLE_TEXT(a) BRIDLE_TEXT_(a)

namespace bridle::BRIDLE_LEVEL {

template <class T>
Sweeps descend(const DenseView<T>& x, const double* weight, const Coordinates& list, double* coef,
               double* residual, std::int64_t limit, double tolerance);
template <class T>
void moments(const DenseView<T>& x, const double* weight, const std::int64_t* column,
             std::size_t count, double* mean, double* variance);
template <class T>
void products(const DenseView<T>& x, const Rows& rows, const std::int64_t* column,
              std::size_t count, const double* right, std::size_t vectors, double* memory,
              double* out);
template <class T>
void screen_columns(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                    const double* right, std::size_t vectors, const Screen& screen, double* memory,
                    const Screened& screened);
template <class T>
void class_moments(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                   const RowClassing& classes, double* memory, const ClassSums& out);
template <class T>
void gram_of_rows(const DenseView<T>& x, const std::int64_t* row, std::size_t count,
                  const double* weight, const double* target, const double* shift, double* packed,
                  double* gram);
template <class T>
TargetSums gram_of_all(const DenseView<T>& x, const LossRows& rows, double* sums, double* target,
                       double* packed, const WholeGram& out);
template <class T>
void vector_products(const DenseView<T>& x, const double* right, double* out);
template <class T>
void column_extremes(const DenseView<T>& x, double* low, double* high);
template <class T>
SmoothSteps smooth_newton(const SmoothProblem<T>& problem, const SmoothPoint& point,
                          const SmoothMemory& memory);
void loss_pass(const LossRows& rows, const double* eta, std::size_t count, double* memory,
               double* dual, std::size_t stride, const LossTotals& totals);
void loss_terms(const LossRows& rows, const double* eta, std::size_t count, double* memory,
                double* terms, std::size_t second, std::size_t stride, const LossTotals& totals);
void dual_bounds(const WorkingPoints& points, const DualBounds& out);
double objective(const LossRows& rows, const PenaltyPoint& point, const double* eta,
                 double* memory);
RowEvidence judge_rows(const LossRows& rows, const double* eta, double floor, double* gradient,
                       double* dual, double* curvature);
double dual_value(const LossRows& rows, const double* dual, double scale);
NullFit fit_null(const LossRows& rows, double floor, double start, double* eta, double* memory);
FeatureEvidence judge_features(const JudgedPoint& point, double* violation);
Sweeps gram_path(const GramProblem& problem, const Grid& grid, const Workspace& work,
                 const Precision& precision, double* coef);
std::int64_t tied_gram_path(const TiedGrams& grams, const TiedFeatures& features, const Grid& grid,
                            const Precision& precision, double* memory, std::int64_t* index,
                            double* coef);
std::int64_t tied_column_path(const TiedRows& rows, const TiedFeatures& features, const Grid& grid,
                              const Precision& precision, double* memory, std::int64_t* index,
                              double* coef);
bool solve_definite(double* matrix, std::size_t size, double* right);
std::int64_t dense_column_path(const DenseColumns& columns, const ColumnProblem& problem,
                               const Grid& grid, const Precision& precision,
                               const ColumnMemory& memory, const ColumnSolutions& solutions);
template <class T, class I>
std::int64_t sparse_column_path(const SparseColumns<T, I>& columns, const ColumnProblem& problem,
                                const Grid& grid, const Precision& precision,
                                const ColumnMemory& memory, const ColumnSolutions& solutions);
std::int64_t dense_class_path(const DenseColumns& columns, const ClassProblem& problem,
                              const Grid& grid, const Precision& precision,
                              const ClassMemory& memory, const ClassSolutions& solutions);
template <class T, class I>
std::int64_t sparse_class_path(const SparseColumns<T, I>& columns, const ClassProblem& problem,
                               const Grid& grid, const Precision& precision,
                               const ClassMemory& memory, const ClassSolutions& solutions);
void class_pass(const ClassRows& rows, const double* eta, std::size_t count, double* memory,
                double* dual, std::size_t stride, const ClassTotals& totals);
template <class T, class I>
Sweeps sparse_descend(const SparseView<T, I>& x, const double* weight, const Coordinates& list,
                      double* coef, double* residual, std::int64_t limit, double tolerance);
template <class T, class I>
void sparse_moments(const SparseView<T, I>& x, const double* weight, const std::int64_t* column,
                    std::size_t count, double* mean, double* variance);
template <class T, class I>
void sparse_products(const SparseView<T, I>& x, const std::int64_t* column, std::size_t count,
                     const double* right, std::size_t vectors, double* out);
template <class T, class I>
void sparse_screen(const SparseView<T, I>& x, std::int64_t begin, std::int64_t end,
                   const double* right, std::size_t vectors, const Screen& screen, double* memory,
                   const Screened& screened);

template <class T>
constexpr KernelsOf<T> kTyped = {
    &descend<T>,      &moments<T>,     &products<T>,        &screen_columns<T>,  &class_moments<T>,
    &gram_of_rows<T>, &gram_of_all<T>, &vector_products<T>, &column_extremes<T>, &smooth_newton<T>};

template <class T, class I>
constexpr SparseKernelsOf<T, I> kSparse = {&sparse_descend<T, I>,     &sparse_moments<T, I>,
                                           &sparse_products<T, I>,    &sparse_screen<T, I>,
                                           &sparse_column_path<T, I>, &sparse_class_path<T, I>};

struct LossNames {
    const char* name[kLossCount + 1];
};

constexpr LossNames loss_names() {
    LossNames names{};
    for (std::size_t k = 0; k < kLossCount; ++k) names.name[k] = kLosses[k].name;
    return names;
}

constexpr LossNames kLossNames = loss_names();

extern const Kernels table;
const Kernels table = {BRIDLE_TEXT(BRIDLE_LEVEL),
                       kLossNames.name,
                       &gram_path,
                       &tied_gram_path,
                       &tied_column_path,
                       &solve_definite,
                       &loss_pass,
                       &loss_terms,
                       &dual_bounds,
                       &objective,
                       &judge_rows,
                       &dual_value,
                       &fit_null,
                       &judge_features,
                       &dense_column_path,
                       &dense_class_path,
                       &class_pass,
                       kTyped<double>,
                       kTyped<float>,
                       kSparse<double, std::int32_t>,
                       kSparse<double, std::int64_t>,
                       kSparse<float, std::int32_t>,
                       kSparse<float, std::int64_t>};

}  // namespace bridle::BRIDLE_LEVEL
