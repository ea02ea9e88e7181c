// A sparse matrix by columns as a Python object: SciPy's three arrays, checked once, so that
// kernels need not check them.
#pragma once

#include <utility>
#include <variant>

#include "arguments/arrays.hpp"
#include "bridle/kernels.hpp"
#include "bridle/products/sparse_view.hpp"
#include "running.hpp"

namespace bridle {

class SparseMatrix {
  public:
    template <class T, class I>
    SparseMatrix(Input<T> data, Input<I> indices, Input<I> indptr, std::size_t rows)
        : rows_(rows), columns_(indptr.size() == 0 ? 0 : indptr.size() - 1) {
        check(data.size(), indices, indptr);
        arrays_ = Arrays<T, I>{std::move(data), std::move(indices), std::move(indptr)};
    }

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }

    // Calls `task` with the view of the types that the arrays have.
    template <class Task>
    auto with_view(const Task& task) const {
        return std::visit([&](const auto& arrays) { return task(arrays.view(rows_, columns_)); },
                          arrays_);
    }

  private:
    template <class T, class I>
    struct Arrays {
        Input<T> data;
        Input<I> indices;
        Input<I> indptr;

        SparseView<T, I> view(std::size_t rows, std::size_t columns) const {
            return {data.data(), indices.data(), indptr.data(), static_cast<std::ptrdiff_t>(rows),
                    static_cast<std::ptrdiff_t>(columns)};
        }
    };

    template <class I>
    void check(std::size_t entries, const Input<I>& indices, const Input<I>& indptr) const {
        require_length("indices", indices, entries);
        if (indptr.size() == 0 || indptr.data()[0] != 0 ||
            indptr.data()[columns_] != static_cast<std::int64_t>(entries)) {
            throw std::invalid_argument("indptr must begin at 0 and end at the number of entries.");
        }
        for (std::size_t j = 0; j < columns_; ++j) {
            if (indptr.data()[j] <= indptr.data()[j + 1]) continue;
            throw std::invalid_argument("indptr must not decrease. Received: a decrease at " +
                                        std::to_string(j) + ".");
        }
        const Running running;
        for (std::size_t j = 0; j < columns_; ++j) {
            check_interrupt(static_cast<std::size_t>(indptr.data()[j + 1] - indptr.data()[j]));
            check_column(j, indices.data() + indptr.data()[j],
                         indices.data() + indptr.data()[j + 1]);
        }
    }

    template <class I>
    void check_column(std::size_t j, const I* index, const I* end) const {
        for (std::int64_t before = -1; index < end; before = *index++) {
            if (*index > before && *index < static_cast<std::int64_t>(rows_)) continue;
            throw std::invalid_argument(
                "indices of a column must increase within [0, " + std::to_string(rows_) +
                "). Received: " + std::to_string(*index) + " in column " + std::to_string(j) + ".");
        }
    }

    std::size_t rows_;
    std::size_t columns_;
    std::variant<Arrays<double, std::int32_t>, Arrays<double, std::int64_t>,
                 Arrays<float, std::int32_t>, Arrays<float, std::int64_t>>
        arrays_;
};

// Calls `task` with a view of X and its numbers of rows and columns.
template <class T, class Task>
auto with_view(const Matrix<T>& x, const Task& task) {
    return task(view(x), x.shape(0), x.shape(1));
}
template <class Task>
auto with_view(const SparseMatrix& x, const Task& task) {
    return x.with_view([&](const auto& found) { return task(found, x.rows(), x.columns()); });
}

// The kernels that take a view.
template <class T>
const KernelsOf<T>& kernels_for(const DenseView<T>&) {
    return kernels().of<T>();
}
template <class T, class I>
const SparseKernelsOf<T, I>& kernels_for(const SparseView<T, I>&) {
    return kernels().of<T, I>();
}

}  // namespace bridle
