#include "bridle/csv/csv_lines.hpp"

#include <nanobind/stl/pair.h>

#include "arguments/arrays.hpp"
#include "register.hpp"
#include "running.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace bridle {
namespace {

std::string_view text_of(nb::handle object) {
    Py_ssize_t length = 0;
    const char* const text = PyUnicode_AsUTF8AndSize(object.ptr(), &length);
    if (text == nullptr) throw nb::python_error();
    return {text, static_cast<std::size_t>(length)};
}

// Its memory is that of the object, which must live as long.
CsvColumn column_of(nb::handle object, std::size_t rows) {
    if (Input<double> numbers; nb::try_cast(object, numbers, false)) {
        require_length("columns", numbers, rows);
        return numbers.data();
    }
    if (Input<std::int64_t> whole; nb::try_cast(object, whole, false)) {
        require_length("columns", whole, rows);
        return whole.data();
    }
    const auto [codes, given] = nb::cast<std::pair<Input<std::int64_t>, nb::list>>(object, false);
    require_length("columns", codes, rows);
    CodedTexts coded{codes.data(), {}};
    for (nb::handle text : given) coded.texts.push_back(text_of(text));
    for (std::size_t row = 0; row < rows; ++row) {
        if (codes.data()[row] < static_cast<std::int64_t>(coded.texts.size())) continue;
        throw std::invalid_argument("codes must be below the number of texts.");
    }
    return coded;
}

nb::bytes written(const nb::typed<nb::list, nb::object>& columns, std::size_t rows) {
    std::vector<CsvColumn> given;
    for (nb::handle one : columns) given.push_back(column_of(one, rows));
    std::string text;
    {
        const Running running;
        text = csv_lines(given, rows);
    }
    return nb::bytes(text.data(), text.size());
}

}  // namespace

void register_csv_lines(nb::module_& m) {
    m.def("csv_lines", &written, "columns"_a, "rows"_a,
          "Returns rows as lines of CSV. A column is an array of float64 or int64, or a tuple of "
          "int64 codes, below 0 for none, and a list of the texts that they stand for.");
}

}  // namespace bridle
