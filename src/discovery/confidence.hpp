#pragma once
// How sure a datum about a client or a server role is, and where it comes from. Numbers in square brackets
// are those of the facts sheet's source list; sources.hpp has their titles.

#include <string>
#include <string_view>

namespace ocs::discovery {

enum class Confidence {
    confirmed,   ///< two sources or more: "2+"
    one_source,  ///< "1"
    inferred,    ///< from the sources named, or from how the protocol works; stated nowhere: "inf"
    unverified,  ///< recalled, no source found: "unv"
    unknown,     ///< no source says; the value is what this tool does instead: "unknown"
    own,         ///< the user's own profile says so: "own"
};
std::string_view to_string(Confidence confidence);

/// A datum with its pedigree. With `unknown` the value is only what the tool carries out, and whoever
/// shows it says "unknown" first.
template <class T>
struct Datum {
    T value{};
    std::string source;  ///< "[1, 25]", "[finch]", or empty
    Confidence confidence = Confidence::unknown;
    std::string note;  ///< what else to know, or empty
    bool operator==(const Datum&) const = default;
};

}  // namespace ocs::discovery
