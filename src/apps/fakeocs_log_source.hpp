#pragma once
// Where fakeocs log reads from: a JSON Lines file that may grow and be rotated, or the history.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "journal/log_reader.hpp"

namespace ocs::apps {

class LogSource {
public:
    virtual ~LogSource() = default;

    /// Reads on, a part of what is there at most. False: at the end, for now.
    virtual Result<bool> read(journal::LogReader& reader) = 0;
    /// At the end: true if another file has the name now (log rotation); the next read() begins it.
    virtual Result<bool> begin_anew() = 0;
};

/// A file; "-" is standard input.
Result<std::unique_ptr<LogSource>> open_log_file(const std::string& name);
/// A history, from the beginning.
Result<std::unique_ptr<LogSource>> open_history(const std::filesystem::path& file);
/// True for the name of an SQLite file.
bool is_history(const std::string& name);

}  // namespace ocs::apps
