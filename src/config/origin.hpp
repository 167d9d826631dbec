#pragma once
// Who said a setting, where it is not its default.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace ocs::config {

/// A flag wins over a variable, a variable over the file (or what quickstart stands for), the file over the
/// default.
enum class Source { standard, file, quickstart, variable, flag };
/// "default", "file", "quickstart", "variable", "flag"
std::string_view to_string(Source source);

struct Origin {
    Source source = Source::standard;
    std::string where;  ///< "lab.yaml:3:11", "FAKEOCS_PORT", "--port"; empty: the default
    bool operator==(const Origin&) const = default;
};

/// By key, "listeners[0].port". A list or a map of the file is there, too. Of hosts only the first
/// hosts_with_origins have theirs.
using Origins = std::map<std::string, Origin>;

inline constexpr std::size_t hosts_with_origins = 100;

}  // namespace ocs::config
