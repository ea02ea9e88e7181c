#pragma once

#include <nanobind/nanobind.h>

namespace bridle {

void register_levels(nanobind::module_& m);
void register_coordinate_descent(nanobind::module_& m);
void register_cross_products(nanobind::module_& m);
void register_gram_descent(nanobind::module_& m);

}  // namespace bridle
