// NumPy arrays as arguments: typed, on the CPU, and checked for length.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "bridle/products/dense_view.hpp"

namespace bridle {

// An array whose numbers begin at a multiple of their size: C++ may assume it, NumPy does not keep
// it.
template <class Array>
struct Aligned : Array {
    using Array::Array;

    bool holds() const {
        using Number = std::remove_const_t<typename Array::Scalar>;
        return this->size() == 0 ||
               reinterpret_cast<std::uintptr_t>(this->data()) % alignof(Number) == 0;
    }
};

template <class T, class... Kind>
using AlignedArray = Aligned<nanobind::ndarray<T, nanobind::numpy, nanobind::device::cpu, Kind...>>;

template <class T>
using Matrix = AlignedArray<const T, nanobind::ndim<2>>;
template <class T>
using Input = AlignedArray<const T, nanobind::ndim<1>, nanobind::c_contig>;
template <class T>
using Output = AlignedArray<T, nanobind::ndim<1>, nanobind::c_contig>;

template <class T>
using RowMajor = AlignedArray<const T, nanobind::ndim<2>, nanobind::c_contig>;
template <class T>
using OutputMatrix = AlignedArray<T, nanobind::ndim<2>, nanobind::c_contig>;

template <class T>
DenseView<T> view(const Matrix<T>& x) {
    return {x.data(), static_cast<std::ptrdiff_t>(x.shape(0)),
            static_cast<std::ptrdiff_t>(x.shape(1)), static_cast<std::ptrdiff_t>(x.stride(0)),
            static_cast<std::ptrdiff_t>(x.stride(1))};
}

template <class Array>
void require_length(const char* name, const Array& array, std::size_t length) {
    if (array.shape(0) == length) return;
    throw std::invalid_argument(std::string(name) + " must have length " + std::to_string(length) +
                                ". Received: length " + std::to_string(array.shape(0)) + ".");
}

template <class Array>
void require_width(const char* name, const Array& array, std::size_t width) {
    if (array.shape(1) == width) return;
    throw std::invalid_argument(std::string(name) + " must have " + std::to_string(width) +
                                " columns. Received: " + std::to_string(array.shape(1)) + ".");
}

inline void require_at_most(const char* name, std::size_t value, std::size_t most) {
    if (value <= most) return;
    throw std::invalid_argument(std::string(name) + " must be at most " + std::to_string(most) +
                                ". Received: " + std::to_string(value) + ".");
}

inline void require_as_many(const char* name, std::size_t value, std::size_t wanted) {
    if (value == wanted) return;
    throw std::invalid_argument(std::string(name) + " must be " + std::to_string(wanted) +
                                ". Received: " + std::to_string(value) + ".");
}

inline void require_indices(const char* name, const Input<std::int64_t>& index, std::size_t end) {
    for (std::size_t k = 0; k < index.shape(0); ++k) {
        const std::int64_t j = index.data()[k];
        if (j >= 0 && j < static_cast<std::int64_t>(end)) continue;
        throw std::invalid_argument(std::string(name) + " must lie in [0, " + std::to_string(end) +
                                    "). Received: " + std::to_string(j) + ".");
    }
}

inline void require_columns(const Input<std::int64_t>& column, std::size_t columns) {
    require_indices("column", column, columns);
}

}  // namespace bridle

// Arrays that are not aligned are no such arguments: a TypeError, as for other types of numbers.
template <class Array>
struct nanobind::detail::type_caster<bridle::Aligned<Array>> {
    NB_TYPE_CASTER(bridle::Aligned<Array>, make_caster<Array>::Name)

    bool from_python(handle source, std::uint32_t flags, cleanup_list* cleanup) noexcept {
        make_caster<Array> caster;
        if (!caster.from_python(source, flags, cleanup)) return false;
        static_cast<Array&>(value) = std::move(caster.value);
        return value.holds();
    }
};
