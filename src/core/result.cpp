#include "core/result.hpp"

namespace ocs {

std::string to_string(const Error& error) {
    return error.where.empty() ? error.what : error.where + ": " + error.what;
}

void throw_exception_from_error(const Error& error, const boost::source_location& place) {
    throw std::logic_error(std::string(place.file_name()) + ": value of an error: " + to_string(error));
}

void throw_exception_from_error(const std::vector<Error>& errors, const boost::source_location& place) {
    throw_exception_from_error(errors.empty() ? Error{"no error given", "", ""} : errors.front(), place);
}

}  // namespace ocs
