#pragma once
// YAML as a plain tree of values with their places. yaml-cpp does the scanning, behind a guard: a file
// must never crash this program, stop it, or be half read in silence.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace ocs::yaml {

/// 1-based, columns in bytes.
struct Mark {
    int line = 1;
    int column = 1;
};

enum class Kind { null, scalar, map, seq };

struct Entry;

struct Node {
    Kind kind = Kind::null;
    Mark mark;
    std::string text;            ///< of a scalar, as written: nothing is turned into numbers or booleans
    std::vector<Node> items;     ///< of a seq
    std::vector<Entry> entries;  ///< of a map, in the order of the file; keys are unique
};

struct Entry {
    std::string key;
    Mark mark;  ///< of the key
    Node value;
};

struct Problem {
    Mark mark;
    Error error;
};

struct Document {
    std::string file;               ///< as shown in messages
    Node root;                      ///< null for an empty file
    std::vector<Problem> problems;  ///< filled by parse_on() only
};

/// Ten thousand hosts are 1.5 MiB and 180 000 events; nobody writes five times that.
inline constexpr std::size_t max_bytes = std::size_t{8} << 20U;
inline constexpr std::size_t max_scalar_bytes = std::size_t{64} << 10U;
inline constexpr int max_depth = 32;
inline constexpr int max_events = 500'000;

/// Parses one document. Never throws. Refuses, each with its place: text over 8 MiB, NUL (the escape "\0"
/// is text like any other), invalid UTF-8, anchors, aliases, tags, nesting over 32 levels, over 500 000
/// events, scalars over 64 KiB, duplicate keys, keys that are no scalars, quotes that never close,
/// and a second document.
Result<Document> parse(const std::string& file_name, std::string_view text);

/// The same for loaders that report everything in one run: duplicate keys (the first one stays), anchors,
/// aliases (read as nothing) and tags go to `problems` of the document, and reading goes on. Whoever calls
/// this must treat a document with problems as an error; `Problems` of reader.hpp starts with them.
Result<Document> parse_on(const std::string& file_name, std::string_view text);

/// Reads the file and parses it; messages name the file as `path` has it.
Result<Document> load(const std::filesystem::path& path);

}  // namespace ocs::yaml
