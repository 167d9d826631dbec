#pragma once
// One attempt as one file to hand on: what was recorded, what it means, and the bytes it was made of.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "journal/log_line.hpp"
#include "journal/store.hpp"
#include "journal/zip.hpp"

namespace ocs::journal {

struct ExportRecord {
    LogLine line;
    record::EvidenceList evidence;
};

/// What is exported: an attempt, or of one the records about one connection.
struct ExportSubject {
    static constexpr std::size_t most_records = 500;
    static constexpr std::size_t most_bytes = std::size_t{32} << 20U;  ///< of evidence

    std::string id;
    std::string attempt;
    std::vector<ExportRecord> records;  ///< in the order of their time
    std::size_t left_out = 0;           ///< records beyond most_records
    std::size_t without_evidence = 0;   ///< records beyond most_bytes
};

/// `id` of an attempt or a connection, whole; or the last part of an attempt's ("a17", as fakeocs log shows
/// it): then the newest such. Nothing: the history has none.
Result<std::optional<ExportSubject>> read_export(Store& store, const std::string& id);

struct ExportOptions {
    bool redact = false;
    std::string program;      ///< "fakeocs 0.1.0"
    std::string machine;      ///< host name of this machine
    CommandContext commands;  ///< for printed fixes; the defaults where it is redacted
    WallTime now{};
};

/// Everything that goes into the file. Redacted, nothing in it names the addresses of clients, users or this
/// machine: what cannot be redacted (captures, raw DNS and SIP messages) is left out.
std::vector<ZipEntry> export_files(ExportSubject subject, const ExportOptions& options);

/// "fakeocs-20261124T055900-1f3a-a1.zip", "…-redacted.zip".
std::string export_name(const ExportSubject& subject, bool redact);

}  // namespace ocs::journal
