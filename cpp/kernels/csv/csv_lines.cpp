#include "bridle/csv/csv_lines.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "bridle/interrupt.hpp"

namespace bridle {
namespace {

// Exponents of ten between which Python writes no exponent.
constexpr int kLeastFixed = -4;
constexpr int kEndFixed = 16;

char* put(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

char* put_zeros(char* out, int count) {
    std::memset(out, '0', static_cast<std::size_t>(count));
    return out + count;
}

// `digits` with a point behind the digit of 10^0; `exponent` is that of the first.
char* put_fixed(char* out, std::string_view digits, int exponent) {
    const int count = static_cast<int>(digits.size());
    if (exponent < 0) return put(put_zeros(put(out, "0."), -exponent - 1), digits);
    const int whole = exponent + 1;
    if (count <= whole) return put(put_zeros(put(out, digits), whole - count), ".0");
    const auto split = static_cast<std::size_t>(whole);
    return put(put(put(out, digits.substr(0, split)), "."), digits.substr(split));
}

char* write_field(char* out, const CsvColumn& column, std::size_t row) {
    if (const auto* numbers = std::get_if<const double*>(&column)) {
        const double value = (*numbers)[row];
        return std::isnan(value) ? out : write_number(out, value);
    }
    if (const auto* whole = std::get_if<const std::int64_t*>(&column)) {
        return std::to_chars(out, out + kLongestNumber, (*whole)[row]).ptr;
    }
    const auto& [codes, texts] = std::get<CodedTexts>(column);
    return codes[row] < 0 ? out : put(out, texts[static_cast<std::size_t>(codes[row])]);
}

std::size_t longest(const CsvColumn& column) {
    const auto* coded = std::get_if<CodedTexts>(&column);
    if (coded == nullptr) return kLongestNumber;
    std::size_t most = 0;
    for (const std::string_view text : coded->texts) most = std::max(most, text.size());
    return most;
}

}  // namespace

char* write_number(char* out, double value) {
    if (!std::isfinite(value)) return put(out, value < 0 ? "-inf" : value > 0 ? "inf" : "nan");
    char* const end =
        std::to_chars(out, out + kLongestNumber, value, std::chars_format::scientific).ptr;
    char* const mantissa = out + (*out == '-');
    char* const letter = std::find(mantissa, end, 'e');
    int exponent = 0;
    std::from_chars(letter + (letter[1] == '+' ? 2 : 1), end, exponent);
    if (exponent < kLeastFixed || exponent >= kEndFixed) return end;
    char digits[kLongestNumber];
    char* last = std::copy(mantissa, mantissa + 1, digits);
    if (letter > mantissa + 1) last = std::copy(mantissa + 2, letter, last);
    return put_fixed(mantissa, {digits, static_cast<std::size_t>(last - digits)}, exponent);
}

std::string csv_lines(const std::vector<CsvColumn>& columns, std::size_t rows) {
    std::size_t line = 1;
    for (const CsvColumn& column : columns) line += longest(column) + 1;
    std::string text;
    std::size_t used = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        check_interrupt(line);
        if (text.size() < used + line) text.resize(2 * text.size() + line);
        char* const start = text.data() + used;
        char* out = start;
        for (const CsvColumn& column : columns) {
            if (&column != columns.data()) *out++ = ',';
            out = write_field(out, column, row);
        }
        *out++ = '\n';
        used += static_cast<std::size_t>(out - start);
    }
    text.resize(used);
    return text;
}

}  // namespace bridle
