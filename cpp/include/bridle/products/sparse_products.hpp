// Products and screening of a sparse matrix; see cross_products.hpp and screening.hpp.
#pragma once

#include "bridle/products/screening.hpp"
#include "bridle/products/sparse_view.hpp"

namespace bridle {

// out[k * vectors + m] = sum_i x(i, column[k]) * right[i * vectors + m], over the entries of a
// column in order, so the result does not depend on how columns and vectors are divided.
template <class T, class I>
using SparseProductsFn = void (*)(const SparseView<T, I>& x, const std::int64_t* column,
                                  std::size_t count, const double* right, std::size_t vectors,
                                  double* out);

template <class T, class I>
using SparseScreenFn = void (*)(const SparseView<T, I>& x, std::int64_t begin, std::int64_t end,
                                const double* right, std::size_t vectors, const Screen& screen,
                                double* memory, const Screened& screened);

}  // namespace bridle
