#include "bridle/certificate/certificate.hpp"

#include <nanobind/stl/tuple.h>

#include <tuple>

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

PenaltyPoint penalty_point(const FeatureArrays& features, double l1, double l2,
                           const Input<double>& coef) {
    require_length("coef", coef, features.size());
    return {features.size(),
            coef.data(),
            features.factor(),
            features.lower(),
            features.upper(),
            l1,
            l2};
}

double objective(const RowArrays& rows, const FeatureArrays& features, double l1, double l2,
                 const Input<double>& coef, const Input<double>& eta) {
    require_length("eta", eta, rows.size());
    const PenaltyPoint point = penalty_point(features, l1, l2, coef);
    const auto memory = lend_memory<double>(2, rows.size(), "the rows of an objective");
    const Kernels& chosen = kernels();
    const Running running;
    return chosen.objective(rows.view(), point, eta.data(), memory.get());
}

std::tuple<double, double, double, double, bool> judge_rows(const RowArrays& rows,
                                                            const Input<double>& eta, double floor,
                                                            const Output<double>& gradient,
                                                            const Output<double>& dual) {
    require_length("eta", eta, rows.size());
    require_length("gradient", gradient, rows.size());
    require_length("dual", dual, rows.size());
    const auto curvature = lend_memory<double>(1, rows.size(), "the rows of a certificate");
    const Kernels& chosen = kernels();
    const Running running;
    const RowEvidence found = chosen.judge_rows(rows.view(), eta.data(), floor, gradient.data(),
                                                dual.data(), curvature.get());
    return {found.value, found.balance, found.size, found.dual_size, found.moved};
}

double dual_value(const RowArrays& rows, const Input<double>& dual, double scale) {
    require_length("dual", dual, rows.size());
    const Kernels& chosen = kernels();
    const Running running;
    return chosen.dual_value(rows.view(), dual.data(), scale);
}

std::tuple<double, double, double, double, double> fit_null(const RowArrays& rows, double floor,
                                                            double start,
                                                            const Output<double>& eta) {
    require_length("eta", eta, rows.size());
    const auto memory = lend_memory<double>(2, rows.size(), "the rows of a null model");
    const Kernels& chosen = kernels();
    const Running running;
    const NullFit found = chosen.fit_null(rows.view(), floor, start, eta.data(), memory.get());
    return {found.intercept, found.value, found.saturated, found.rounding, found.size};
}

std::tuple<double, double, double, double, double, double, double> judge_features(
    const FeatureArrays& features, double l1, double l2, const Input<double>& coef,
    const Input<double>& gradients, const Input<double>& products, const Input<double>& norm,
    double dual_size, double null_size, const Output<double>& violation) {
    const std::size_t size = features.size();
    require_length("gradients", gradients, size);
    require_length("products", products, size);
    require_length("norm", norm, size);
    require_length("violation", violation, size);
    const JudgedPoint point{penalty_point(features, l1, l2, coef),
                            gradients.data(),
                            products.data(),
                            norm.data(),
                            dual_size,
                            null_size};
    const Kernels& chosen = kernels();
    const Running running;
    const FeatureEvidence found = chosen.judge_features(point, violation.data());
    return {found.penalty,          found.lost,      found.scale, found.conjugate,
            found.conjugate_scaled, found.violation, found.least};
}

}  // namespace

void register_certificate(nb::module_& m) {
    m.def("objective", &objective, "rows"_a, "features"_a, "l1"_a, "l2"_a, "coef"_a, "eta"_a,
          "Loss plus penalty, infinite outside the bounds.");
    m.def("judge_rows", &judge_rows, "rows"_a, "eta"_a, "floor"_a, "gradient"_a.noconvert(),
          "dual"_a.noconvert(),
          "Writes gradient and dual point at eta; returns loss, sum of the gradient, the sizes of "
          "both and whether they differ.");
    m.def("judge_features", &judge_features, "features"_a, "l1"_a, "l2"_a, "coef"_a, "gradients"_a,
          "products"_a, "norm"_a, "dual_size"_a, "null_size"_a, "violation"_a.noconvert(),
          "Writes KKT violations; returns penalty, lost, scale, both conjugates, the largest "
          "relative "
          "violation and the smallest factor over norm.");
    m.def("dual_value", &dual_value, "rows"_a, "dual"_a, "scale"_a,
          "Loss term of the lower bound at scale times a dual point.");
    m.def("fit_null", &fit_null, "rows"_a, "floor"_a, "start"_a, "eta"_a.noconvert(),
          "Writes the linear predictor of the best intercept without features; returns the "
          "intercept, "
          "its loss, that of the saturated model, rounding and the size of the gradient.");
}

}  // namespace bridle
