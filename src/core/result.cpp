#include "core/result.hpp"

namespace ocs {

namespace {

std::string sentence(const Error& error) {
    return error.where.empty() ? error.what : error.where + ": " + error.what;
}

}  // namespace

std::string to_string(const Error& error) {
    std::string text = sentence(error);
    if (!error.found.empty()) text += ": found " + error.found;
    if (!error.expected.empty())
        text += (error.found.empty() ? ": expected " : ", expected ") + error.expected;
    return text;
}

std::string to_block(const Error& error) {
    std::string text = sentence(error) + "\n";
    if (!error.found.empty()) text += "  found: " + error.found + "\n";
    if (!error.expected.empty()) text += "  expected: " + error.expected + "\n";
    if (!error.hint.empty()) text += "  try: " + error.hint + "\n";
    return text;
}

void throw_exception_from_error(const Error& error, const boost::source_location& place) {
    throw std::logic_error(std::string(place.file_name()) + ": value of an error: " + to_string(error));
}

void throw_exception_from_error(const std::vector<Error>& errors, const boost::source_location& place) {
    throw_exception_from_error(errors.empty() ? Error{"no error given", "", ""} : errors.front(), place);
}

}  // namespace ocs
