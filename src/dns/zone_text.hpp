#pragma once
// The words of zone files: entries, fields, and the data of one record from its fields. Used by zone_file and
// by whatever takes one record as text.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "dns/name.hpp"
#include "dns/record.hpp"

namespace ocs::dns {

struct Field {
    std::string text;  ///< as written, escapes and all, without the quotes
    bool quoted = false;
};

/// One entry: a line, or several held together by parentheses.
struct Entry {
    int line = 1;              ///< it begins on, from 1
    bool keeps_owner = false;  ///< begins with a blank: the owner is that of the entry before
    std::vector<Field> fields;
};

/// Splits text into entries, comments and empty lines left out. Fails for quotes and parentheses that do not
/// close (quotes: on their line), an escape at the end of a line and control characters; `where` is the line.
Result<std::vector<Entry>> scan_entries(std::string_view text);

/// True for text with a dot at its end that no backslash takes into the label.
bool is_absolute(std::string_view name);

/// How a name in a record is read: the zone-file rule, or the one for people in record.hpp.
using NameRule = std::function<Result<Name>(std::string_view)>;

/// The data of a record from its fields. Fails for too many or too few, and for numbers out of range.
Result<Data> read_data(Type type, std::span<const Field> fields, const NameRule& read_name);

/// Seconds: a number, or numbers with units as BIND has them, "1h30m"; at most 2^31-1 (RFC 2181 §8).
Result<std::uint32_t> parse_period(std::string_view text);

}  // namespace ocs::dns
