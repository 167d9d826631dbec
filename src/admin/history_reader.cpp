#include "admin/history_reader.hpp"

#include <fmt/format.h>

namespace ocs::admin {

Result<journal::Store*> HistoryReader::store() {
    if (!is_kept()) {
        return Error{"no history is kept", "", "history: keep: true in the configuration"};
    }
    if (!store_) {
        auto opened = journal::Store::open_to_read(file_);
        if (opened.has_error()) return opened.error();
        store_ = std::move(*opened);
    }
    return store_.get();
}

Result<void> HistoryReader::read(
    const journal::StoreQuery& query,
    const std::function<bool(std::uint64_t sequence, std::string_view line)>& take) {
    const auto opened = store();
    if (opened.has_error()) return opened.error();
    auto done = (*opened)->read(query, take);
    if (done.has_error()) store_.reset();
    return done;
}

Result<record::EvidenceList> HistoryReader::evidence(std::uint64_t sequence) {
    const auto opened = store();
    if (opened.has_error()) return opened.error();
    auto kept = (*opened)->evidence(sequence);
    if (kept.has_error()) store_.reset();
    return kept;
}

Result<std::uint64_t> HistoryReader::last_sequence() {
    const auto opened = store();
    if (opened.has_error()) return opened.error();
    auto last = (*opened)->last_sequence();
    if (last.has_error()) store_.reset();
    return last;
}

Result<std::optional<journal::ExportSubject>> HistoryReader::subject(const std::string& id) {
    const auto opened = store();
    if (opened.has_error()) return opened.error();
    auto found = journal::read_export(**opened, id);
    if (found.has_error()) store_.reset();
    return found;
}

std::string with_sequence(std::uint64_t sequence, std::string_view line) {
    return fmt::format("{{\"sequence\":{},{}", sequence, line.substr(1));
}

}  // namespace ocs::admin
