// The table of one instruction set's kernels; compiled once for each, see level.hpp.
#include "bridle/kernels.hpp"
#include "level.hpp"

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
void products(const DenseView<T>& x, const std::int64_t* column, std::size_t count,
              const double* right, std::size_t vectors, double* out);
template <class T>
void screen_columns(const DenseView<T>& x, std::int64_t begin, std::int64_t end,
                    const double* right, std::size_t vectors, const Screen& screen, double* worst,
                    double* reach);
Sweeps gram_path(const GramProblem& problem, const Grid& grid, const Workspace& work,
                 const double* start, double* coef, double* slope, std::int64_t limit,
                 double tolerance);

template <class T>
constexpr KernelsOf<T> kTyped = {&descend<T>, &moments<T>, &products<T>, &screen_columns<T>};

extern const Kernels table;
const Kernels table = {BRIDLE_TEXT(BRIDLE_LEVEL), &gram_path, kTyped<double>, kTyped<float>};

}  // namespace bridle::BRIDLE_LEVEL
