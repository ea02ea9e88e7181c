#include "bridle/loss/loss_pass.hpp"

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

void loss_pass(const RowArrays& given, const RowMajor<double>& eta,
               const OutputMatrix<double>& dual, std::size_t first,
               const OutputMatrix<double>& totals) {
    const std::size_t rows = given.size(), count = eta.shape(0);
    require_width("eta", eta, rows);
    require_length("dual", dual, rows);
    require_length("totals", totals, 4);
    require_width("totals", totals, count);
    require_at_most("first", first, dual.shape(1));
    require_at_most("the rows of eta", count, dual.shape(1) - first);
    const auto memory = lend_memory<double>(16, rows, "the rows of a loss");
    const Kernels& chosen = kernels();
    double* out = totals.data();
    const Running running;
    chosen.loss_pass(given.view(), eta.data(), count, memory.get(), dual.data() + first,
                     dual.shape(1), {out, out + count, out + 2 * count, out + 3 * count});
}

void loss_terms(const RowArrays& given, const RowMajor<double>& eta,
                const OutputMatrix<double>& terms, std::size_t first, std::size_t second,
                const OutputMatrix<double>& totals) {
    const std::size_t rows = given.size(), count = eta.shape(0);
    require_width("eta", eta, rows);
    require_length("terms", terms, rows);
    require_length("totals", totals, 4);
    require_width("totals", totals, count);
    require_at_most("second", second, terms.shape(1));
    require_at_most("first", first, second);
    require_at_most("the rows of eta", count, terms.shape(1) - second);
    require_at_most("the rows of eta", count, second - first);
    const auto memory = lend_memory<double>(16, rows, "the rows of a loss");
    const Kernels& chosen = kernels();
    double* out = totals.data();
    const Running running;
    chosen.loss_terms(given.view(), eta.data(), count, memory.get(), terms.data() + first,
                      second - first, terms.shape(1),
                      {out, out + count, out + 2 * count, out + 3 * count});
}

}  // namespace

void register_loss_pass(nb::module_& m) {
    m.def("loss_pass", &loss_pass, "rows"_a, "eta"_a, "dual"_a.noconvert(), "first"_a,
          "totals"_a.noconvert(),
          "Writes the negative gradient at each row of eta into the columns of dual from first on; "
          "the rows of totals receive value, sum, curvature and pearson.");
    m.def(
        "loss_terms", &loss_terms, "rows"_a, "eta"_a, "terms"_a.noconvert(), "first"_a, "second"_a,
        "totals"_a.noconvert(),
        "Writes the negative gradient at each row of eta into the columns of terms from first on, "
        "and the curvature into those from second on, without the intercept's shift; totals as in "
        "loss_pass.");
}

}  // namespace bridle
