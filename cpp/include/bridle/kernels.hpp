// The kernels of one instruction set, and the choice among them, made once.
#pragma once

#include "bridle/coordinate_descent.hpp"
#include "bridle/cross_products.hpp"
#include "bridle/gram_descent.hpp"

namespace bridle {

template <class T>
struct KernelsOf {
    DescendFn<T> descend;
    MomentsFn<T> moments;
    ProductsFn<T> products;
    ScreenFn<T> screen;
};

struct Kernels {
    const char* level;
    GramPathFn gram_path;
    KernelsOf<double> f64;
    KernelsOf<float> f32;

    template <class T>
    const KernelsOf<T>& of() const;
};

template <>
inline const KernelsOf<double>& Kernels::of<double>() const {
    return f64;
}
template <>
inline const KernelsOf<float>& Kernels::of<float>() const {
    return f32;
}

// The best level that this processor and its operating system support. The environment variable
// BRIDLE_CPU_LEVEL names a lower one; a name that is not among `available_levels` is ignored.
const Kernels& kernels();

// Names of the levels that this build holds and this processor supports, best first,
// null-terminated.
const char* const* available_levels();

}  // namespace bridle
