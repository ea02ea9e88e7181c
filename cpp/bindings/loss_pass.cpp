#include "bridle/loss_pass.hpp"

#include <nanobind/stl/string.h>

#include "arrays.hpp"
#include "bridle/kernels.hpp"
#include "lent_memory.hpp"
#include "loss_names.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

void loss_pass(const std::string& loss, const Input<double>& weight, const Input<double>& y,
               bool fit_intercept, const RowMajor<double>& eta, const OutputMatrix<double>& dual,
               std::size_t first, const OutputMatrix<double>& totals) {
    const std::size_t rows = weight.shape(0), count = eta.shape(0);
    require_length("y", y, rows);
    require_width("eta", eta, rows);
    require_length("dual", dual, rows);
    require_length("totals", totals, 4);
    require_width("totals", totals, count);
    require_at_most("first", first, dual.shape(1));
    require_at_most("the rows of eta", count, dual.shape(1) - first);
    const LossRows given{loss_place(loss), fit_intercept, rows, weight.data(), y.data()};
    const auto memory = lend_memory<double>(16, rows, "the rows of a loss");
    const Kernels& chosen = kernels();
    double* out = totals.data();
    const Running running;
    chosen.loss_pass(given, eta.data(), count, memory.get(), dual.data() + first, dual.shape(1),
                     {out, out + count, out + 2 * count, out + 3 * count});
}

}  // namespace

void register_loss_pass(nb::module_& m) {
    m.def("loss_pass", &loss_pass, "loss"_a, "weight"_a, "y"_a, "fit_intercept"_a, "eta"_a,
          "dual"_a.noconvert(), "first"_a, "totals"_a.noconvert(),
          "Minus the gradient at each row of eta, into the columns of dual from first on; the rows "
          "of totals receive value, sum, curvature and pearson.");
}

}  // namespace bridle
