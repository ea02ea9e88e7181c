// Contents of bridle._core. Bindings check arguments, release the GIL and call kernels.
#include "register.hpp"

NB_MODULE(_core, m) {
    m.doc() = "Compiled kernels of bridle.";
    // A thread that is still running may hold a flag when the interpreter ends.
    nanobind::set_leak_warnings(false);
    bridle::register_levels(m);
    bridle::register_stop(m);
    bridle::register_sparse_matrix(m);
    bridle::register_problem_arrays(m);
    bridle::register_sparse_products(m);
    bridle::register_column_extremes(m);
    bridle::register_class_path(m);
    bridle::register_column_path(m);
    bridle::register_certificate(m);
    bridle::register_class_moments(m);
    bridle::register_coordinate_descent(m);
    bridle::register_cross_products(m);
    bridle::register_csv_fields(m);
    bridle::register_csv_lines(m);
    bridle::register_definite_system(m);
    bridle::register_dual_bounds(m);
    bridle::register_gram_descent(m);
    bridle::register_loss_pass(m);
    bridle::register_screening(m);
    bridle::register_smooth_newton(m);
    bridle::register_tied_descent(m);
}
