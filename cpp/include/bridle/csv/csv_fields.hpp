// Lines of CSV, checked for their number of fields without splitting them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bridle {

// Form of a text: its separator, quote, number of fields and header.
struct CsvForm {
    char separator;
    char quote;
    std::size_t width;          // fields of a line
    std::string_view repeated;  // the header, which must not occur again
};

// Writes where each line that is not empty starts, and how many lines are before it, and returns
// their number; or -1 if a line has another number of fields, holds a quote that neither begins nor
// ends a field, does not end its quotes, or is the header. There must be room for a line in every
// `width` bytes, and one more.
std::ptrdiff_t regular_lines(std::string_view text, const CsvForm& form, std::int64_t* starts,
                             std::int64_t* lines);

}  // namespace bridle
