#include "bridle/csv/csv_fields.hpp"

#include "arguments/arrays.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

std::string_view bytes_of(const nb::bytes& text) { return {text.c_str(), text.size()}; }

char sign_of(const char* name, const nb::bytes& text) {
    if (text.size() == 1) return *text.c_str();
    throw std::invalid_argument(std::string(name) + " must be one byte.");
}

std::ptrdiff_t found(const nb::bytes& text, const nb::bytes& separator, const nb::bytes& quote,
                     std::size_t width, const nb::bytes& repeated,
                     const Output<std::int64_t>& starts, const Output<std::int64_t>& lines) {
    if (width < 1) throw std::invalid_argument("width must be at least 1.");
    const std::string_view held = bytes_of(text);
    require_length("starts", starts, held.size() / width + 1);
    require_length("lines", lines, held.size() / width + 1);
    const CsvForm form{sign_of("separator", separator), sign_of("quote", quote), width,
                       bytes_of(repeated)};
    const Running running;
    return regular_lines(held, form, starts.data(), lines.data());
}

}  // namespace

void register_csv_fields(nb::module_& m) {
    m.def(
        "regular_lines", &found, "text"_a, "separator"_a, "quote"_a, "width"_a, "repeated"_a,
        "starts"_a.noconvert(), "lines"_a.noconvert(),
        "Writes where each line that is not empty starts, and how many lines are before it, and "
        "returns their number; -1 if a line does not have width fields, has unpaired quotes, or is "
        "the repeated one.");
}

}  // namespace bridle
