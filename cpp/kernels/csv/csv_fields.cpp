#include "bridle/csv/csv_fields.hpp"

#include <algorithm>

#include "bridle/interrupt.hpp"

namespace bridle {
namespace {

// Position after the field that starts at `at`: of a separator or the end. npos for odd quotes.
std::size_t end_of_field(std::string_view line, std::size_t at, const CsvForm& form) {
    if (at == line.size() || line[at] != form.quote) {
        const std::size_t end = std::min(line.find(form.separator, at), line.size());
        const bool plain = line.substr(at, end - at).find(form.quote) == std::string_view::npos;
        return plain ? end : std::string_view::npos;
    }
    for (std::size_t quote = line.find(form.quote, at + 1); quote != std::string_view::npos;
         quote = line.find(form.quote, quote + 2)) {
        const std::size_t next = quote + 1;
        if (next == line.size() || line[next] == form.separator) return next;
        if (line[next] != form.quote) break;
    }
    return std::string_view::npos;
}

bool has_width(std::string_view line, const CsvForm& form) {
    if (line.find(form.quote) == std::string_view::npos) {
        const auto parts = std::count(line.begin(), line.end(), form.separator);
        return static_cast<std::size_t>(parts) + 1 == form.width;
    }
    std::size_t fields = 1;
    for (std::size_t at = 0;; ++fields, ++at) {
        at = end_of_field(line, at, form);
        if (at == std::string_view::npos) return false;
        if (at == line.size()) return fields == form.width;
    }
}

}  // namespace

std::ptrdiff_t regular_lines(std::string_view text, const CsvForm& form, std::int64_t* starts,
                             std::int64_t* lines) {
    std::ptrdiff_t found = 0;
    std::int64_t line = 0;
    for (std::size_t start = 0; start < text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view held = text.substr(start, end - start);
        check_interrupt(held.size());
        if (!held.empty()) {
            if (!has_width(held, form) || held == form.repeated) return -1;
            starts[found] = static_cast<std::int64_t>(start);
            lines[found] = line;
            ++found;
        }
        start = end + 1;
    }
    return found;
}

}  // namespace bridle
