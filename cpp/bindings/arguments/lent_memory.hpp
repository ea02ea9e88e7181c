// Memory that a binding allocates for a kernel during one call.
#pragma once

#include <cstddef>
#include <cstdio>
#include <limits>
#include <memory>
#include <new>

namespace bridle {

// An error that Python receives as a MemoryError.
class OutOfMemory : public std::bad_alloc {
  public:
    OutOfMemory(double bytes, const char* purpose) {
        std::snprintf(message_, sizeof message_, "Unable to allocate %.0f bytes for %s.", bytes,
                      purpose);
    }
    const char* what() const noexcept override { return message_; }

  private:
    char message_[160];
};

// Uninitialised memory for rows x width numbers; `purpose` ends the sentence of an error.
template <class T>
std::unique_ptr<T[]> lend_memory(std::size_t rows, std::size_t width, const char* purpose) {
    const std::size_t most = std::numeric_limits<std::size_t>::max() / sizeof(T) / 2;
    const bool fits = width == 0 || rows <= most / width;
    std::unique_ptr<T[]> lent(fits ? new (std::nothrow) T[rows * width] : nullptr);
    if (lent == nullptr) {
        const double bytes =
            static_cast<double>(rows) * static_cast<double>(width) * static_cast<double>(sizeof(T));
        throw OutOfMemory(bytes, purpose);
    }
    return lent;
}

}  // namespace bridle
