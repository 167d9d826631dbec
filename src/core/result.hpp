#pragma once
// How failures travel in this project: a value or an Error with its place and what to do about it.

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ocs {

/// What went wrong, where, and what to do about it. `what` starts in lower case, quotes values in
/// single quotes and ends without a full stop; untrusted text in it has been through core/escape.hpp.
/// `found` and `expected` are for input that is not what it should be.
struct Error {
    Error() = default;
    // A constructor, because C++20 would else build an Error from a lone string, and Result<std::string>
    // could not tell its value from its error.
    Error(std::string what_, std::string where_, std::string hint_)
        : what(std::move(what_)), where(std::move(where_)), hint(std::move(hint_)) {}

    std::string what;      ///< "cannot read private key"
    std::string where;     ///< "config.yaml:14:7", "certs/pool-a/key.pem", or empty
    std::string hint;      ///< what to do about it, or empty
    std::string found;     ///< "'5O61'", "a map", or empty
    std::string expected;  ///< "a whole number from 0 to 65535", "one of legacy, modern", or empty

    bool operator==(const Error&) const = default;
};

/// "where: what: found …, expected …" in one line; the hint is not part of it (print it on its own line,
/// indented, after "try: ").
std::string to_string(const Error& error);

/// The same as a block of lines for a terminal: the sentence, then `found:`, `expected:` and `try:`, each
/// indented, each only where there is something to say. Ends in a newline.
std::string to_block(const Error& error);

/// The exception that Result<T>::value() throws; only a bug of ours calls value() on an error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& place);
[[noreturn]] void throw_exception_from_error(const std::vector<Error>& errors,
                                             const boost::source_location& place);

template <class T>
using Result = boost::system::result<T, Error>;

/// For loaders that report every problem of an input in one run.
template <class T>
using Results = boost::system::result<T, std::vector<Error>>;

}  // namespace ocs
