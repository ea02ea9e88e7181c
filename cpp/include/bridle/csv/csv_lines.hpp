// Rows of a table as lines of CSV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bridle {

// Texts of a column: a row with code k has the k-th text, a row with a code below 0 an empty field.
struct CodedTexts {
    const std::int64_t* codes;
    std::vector<std::string_view> texts;
};

// A column: numbers (NaN is an empty field), whole numbers, or texts, which are written unchanged.
using CsvColumn = std::variant<const double*, const std::int64_t*, CodedTexts>;

// Most bytes of a number.
inline constexpr std::size_t kLongestNumber = 32;

// Writes the fewest digits that give the same number again, laid out as Python's repr does; returns
// the end. There must be room for kLongestNumber bytes.
char* write_number(char* out, double value);

// The lines of all rows, each ended by \n.
std::string csv_lines(const std::vector<CsvColumn>& columns, std::size_t rows);

}  // namespace bridle
