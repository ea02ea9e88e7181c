#pragma once

#include <nanobind/nanobind.h>

namespace bridle {

void register_levels(nanobind::module_& m);
void register_stop(nanobind::module_& m);
void register_sparse_matrix(nanobind::module_& m);
void register_sparse_products(nanobind::module_& m);
void register_column_extremes(nanobind::module_& m);
void register_class_path(nanobind::module_& m);
void register_column_path(nanobind::module_& m);
void register_certificate(nanobind::module_& m);
void register_class_moments(nanobind::module_& m);
void register_coordinate_descent(nanobind::module_& m);
void register_csv_fields(nanobind::module_& m);
void register_csv_lines(nanobind::module_& m);
void register_cross_products(nanobind::module_& m);
void register_definite_system(nanobind::module_& m);
void register_dual_bounds(nanobind::module_& m);
void register_gram_descent(nanobind::module_& m);
void register_loss_pass(nanobind::module_& m);
void register_problem_arrays(nanobind::module_& m);
void register_screening(nanobind::module_& m);
void register_smooth_newton(nanobind::module_& m);
void register_tied_descent(nanobind::module_& m);

}  // namespace bridle
