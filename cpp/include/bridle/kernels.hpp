// The kernels of one instruction set, and the choice of the instruction set.
#pragma once

#include "bridle/arithmetic/definite_system.hpp"
#include "bridle/certificate/certificate.hpp"
#include "bridle/certificate/dual_bounds.hpp"
#include "bridle/descent/coordinate_descent.hpp"
#include "bridle/descent/gram_descent.hpp"
#include "bridle/descent/smooth_newton.hpp"
#include "bridle/descent/sparse_descent.hpp"
#include "bridle/descent/tied_descent.hpp"
#include "bridle/loss/class_pass.hpp"
#include "bridle/loss/loss_pass.hpp"
#include "bridle/path/class_path.hpp"
#include "bridle/path/column_path.hpp"
#include "bridle/products/class_moments.hpp"
#include "bridle/products/column_extremes.hpp"
#include "bridle/products/cross_products.hpp"
#include "bridle/products/screening.hpp"
#include "bridle/products/sparse_products.hpp"
#include "bridle/products/vector_products.hpp"

namespace bridle {

template <class T>
struct KernelsOf {
    DescendFn<T> descend;
    MomentsFn<T> moments;
    ProductsFn<T> products;
    ScreenFn<T> screen;
    ClassMomentsFn<T> class_moments;
    GramOfRowsFn<T> gram_of_rows;
    GramOfAllFn<T> gram_of_all;
    VectorProductsFn<T> vector_products;
    ColumnExtremesFn<T> column_extremes;
    SmoothNewtonFn<T> smooth_newton;
};

// I is the index type.
template <class T, class I>
struct SparseKernelsOf {
    SparseDescendFn<T, I> descend;
    SparseMomentsFn<T, I> moments;
    SparseProductsFn<T, I> products;
    SparseScreenFn<T, I> screen;
    ColumnPathFn<SparseColumns<T, I>> column_path;
    ClassPathFn<SparseColumns<T, I>> class_path;
};

struct Kernels {
    const char* level;
    const char* const* losses;  // their names, null-terminated
    GramPathFn gram_path;
    TiedGramPathFn tied_gram_path;
    TiedColumnPathFn tied_column_path;
    SolveDefiniteFn solve_definite;
    LossPassFn loss_pass;
    LossTermsFn loss_terms;
    DualBoundsFn dual_bounds;
    ObjectiveFn objective;
    JudgeRowsFn judge_rows;
    DualValueFn dual_value;
    FitNullFn fit_null;
    JudgeFeaturesFn judge_features;
    ColumnPathFn<DenseColumns> column_path;
    ClassPathFn<DenseColumns> class_path;
    ClassPassFn class_pass;
    KernelsOf<double> f64;
    KernelsOf<float> f32;
    SparseKernelsOf<double, std::int32_t> sparse_f64_i32;
    SparseKernelsOf<double, std::int64_t> sparse_f64_i64;
    SparseKernelsOf<float, std::int32_t> sparse_f32_i32;
    SparseKernelsOf<float, std::int64_t> sparse_f32_i64;

    template <class T>
    const KernelsOf<T>& of() const;
    template <class T, class I>
    const SparseKernelsOf<T, I>& of() const;
};

template <>
inline const KernelsOf<double>& Kernels::of<double>() const {
    return f64;
}
template <>
inline const KernelsOf<float>& Kernels::of<float>() const {
    return f32;
}

template <>
inline const SparseKernelsOf<double, std::int32_t>& Kernels::of<double, std::int32_t>() const {
    return sparse_f64_i32;
}
template <>
inline const SparseKernelsOf<double, std::int64_t>& Kernels::of<double, std::int64_t>() const {
    return sparse_f64_i64;
}
template <>
inline const SparseKernelsOf<float, std::int32_t>& Kernels::of<float, std::int32_t>() const {
    return sparse_f32_i32;
}
template <>
inline const SparseKernelsOf<float, std::int64_t>& Kernels::of<float, std::int64_t>() const {
    return sparse_f32_i64;
}

// The best level that this processor and its operating system support. The environment variable
// BRIDLE_CPU_LEVEL may select a lower one; names that are not in `available_levels` are ignored.
const Kernels& kernels();

// Names of the levels in this build that this processor supports, best first, null-terminated.
const char* const* available_levels();

}  // namespace bridle
