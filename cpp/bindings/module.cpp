// The table of contents of bridle._core. Bindings check, release the GIL and call; no mathematics.
#include "register.hpp"

NB_MODULE(_core, m) {
    m.doc() = "Compiled kernels of bridle.";
    bridle::register_levels(m);
    bridle::register_coordinate_descent(m);
    bridle::register_cross_products(m);
    bridle::register_gram_descent(m);
}
