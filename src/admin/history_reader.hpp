#pragma once
// The history as the API reads it: a connection of its own beside the journal's writer.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "journal/export.hpp"
#include "journal/store.hpp"

namespace ocs::admin {

/// Opened when it is first asked, and again after a failure. On one thread.
class HistoryReader {
public:
    /// Empty: no history is kept, and everything fails with that reason.
    explicit HistoryReader(std::filesystem::path file) : file_(std::move(file)) {}

    [[nodiscard]] bool is_kept() const { return !file_.empty(); }
    /// As Store::read.
    Result<void> read(const journal::StoreQuery& query,
                      const std::function<bool(std::uint64_t sequence, std::string_view line)>& take);
    /// As Store::evidence.
    Result<record::EvidenceList> evidence(std::uint64_t sequence);
    Result<std::uint64_t> last_sequence();
    /// As journal::read_export.
    Result<std::optional<journal::ExportSubject>> subject(const std::string& id);

private:
    Result<journal::Store*> store();

    std::filesystem::path file_;
    std::unique_ptr<journal::Store> store_;
};

/// The stored line with its sequence number in front: {"sequence":17,"schema":…
std::string with_sequence(std::uint64_t sequence, std::string_view line);

}  // namespace ocs::admin
