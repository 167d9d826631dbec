#include "admin/handshakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "admin/hello_names.hpp"
#include "admin/kept.hpp"
#include "core/escape.hpp"

namespace ocs::admin {
namespace {

constexpr std::uint64_t usual_page = 50;

bool holds(const journal::Filter& filter, std::string_view line) {
    if (filter.empty()) return true;
    journal::LogLine read;
    return !journal::parse_log_line(line, read) && filter.matches(read);
}

ApiReply json_text(std::string body) { return {200, "application/json", std::move(body) + "\n", "", {}}; }

/// The newest connections that match, as many as there shall be, and where the next page begins.
struct Page {
    std::vector<std::string> lines;
    std::uint64_t next = 0;  ///< 0: there is no more
};

Result<Page> newest(const journal::Filter& filter,
                    HistoryReader& history,
                    std::uint64_t before,
                    std::uint64_t count) {
    journal::StoreQuery query;
    query.kind = journal::LineKind::connection;
    query.before = before;
    query.newest_first = true;
    query.limit = rows_per_reply;
    Page page;
    std::uint64_t looked_at = 0;
    std::uint64_t last = 0;
    bool full = false;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view line) {
        full = page.lines.size() == count;
        if (full) return false;
        ++looked_at;
        last = sequence;
        if (holds(filter, line)) page.lines.push_back(with_sequence(sequence, line));
        return true;
    });
    if (done.has_error()) return done.error();
    if (full || looked_at == rows_per_reply) page.next = last;
    return page;
}

}  // namespace

Result<journal::Filter> filter_of(const Query& query) {
    const auto text = query.find("filter");
    return journal::Filter::parse(text == query.end() ? "" : text->second, wall_now());
}

Result<PageRequest> page_request(const Query& query, std::uint64_t most, std::uint64_t usual) {
    auto filter = filter_of(query);
    if (filter.has_error()) return filter.error();
    const auto limit = read_number(query, "limit", 1, most, usual);
    if (limit.has_error()) return limit.error();
    const auto before = read_number(query, "before", 1, INT64_MAX, 0);
    if (before.has_error()) return before.error();
    return PageRequest{std::move(*filter), *limit, *before};
}

ApiReply list_handshakes(const Call& call, HistoryReader& history) {
    const auto wanted = page_request(call.query, longest_page, usual_page);
    if (wanted.has_error()) return failure(400, wanted.error());
    const auto last = history.last_sequence();
    if (last.has_error()) return failure(503, last.error());
    const auto page = newest(wanted->filter, history, wanted->before, wanted->limit);
    if (page.has_error()) return failure(503, page.error());
    return json_text(fmt::format(R"({{"schema":1,"handshakes":[{}],"last":{}{}}})",
                                 fmt::join(page->lines, ","),
                                 *last,
                                 page->next > 0 ? fmt::format(R"(,"next":{})", page->next) : ""));
}

ApiReply latest_handshake(const Call& call, HistoryReader& history) {
    const auto filter = filter_of(call.query);
    if (filter.has_error()) return failure(400, filter.error());
    const auto page = newest(*filter, history, 0, 1);
    if (page.has_error()) return failure(503, page.error());
    if (page->lines.empty()) return failure(404, Error{"no connection matches", "", ""});
    return json_text(page->lines.front());
}

Result<StoredConnection> stored_connection(const std::string& id, HistoryReader& history) {
    journal::StoreQuery query;
    query.kind = journal::LineKind::connection;
    query.id = id;
    StoredConnection found;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view line) {
        found = {sequence, std::string(line)};
        return false;
    });
    if (done.has_error()) return done.error();
    return found;
}

Error no_such_connection(const std::string& id) {
    return {"no connection " + ocs::quoted(id) + " is in the history", "", ""};
}

ApiReply show_handshake(const Call& call, HistoryReader& history) {
    const auto found = stored_connection(call.id, history);
    if (found.has_error()) return failure(503, found.error());
    if (found->line.empty()) return failure(404, no_such_connection(call.id));
    boost::json::error_code code;
    const boost::json::value parsed = boost::json::parse(found->line, code);
    const boost::json::object none;
    const boost::json::object& record = !code && parsed.is_object() ? parsed.get_object() : none;
    const auto* attempt = record.if_contains("attempt");
    const bool has_attempt = attempt != nullptr && attempt->is_string();
    auto kept =
        kept_json(call.id, has_attempt ? std::string(attempt->get_string()) : "", found->sequence, history);
    if (kept.has_error()) return failure(503, kept.error());
    const auto* hello = record.if_contains("hello");
    if (hello != nullptr && hello->is_object()) {
        (*kept)["hello_names"] = hello_names(hello->get_object());
        (*kept)["suite_support"] = suite_answers(parsed);
    }
    std::string beside = boost::json::serialize(*kept).substr(1);  // without its braces
    beside.back() = ',';
    return json_text(fmt::format(R"({{"sequence":{},{}{})", found->sequence, beside, found->line.substr(1)));
}

Result<ShownCertificate> certificate_of(const std::string& id, HistoryReader& history) {
    const auto found = stored_connection(id, history);
    if (found.has_error()) return found.error();
    if (found->line.empty()) return no_such_connection(id);
    boost::json::error_code code;
    const boost::json::value record = boost::json::parse(found->line, code);
    const auto text_at = [&](const char* pointer) {
        boost::json::error_code missing;
        const boost::json::value* value = record.find_pointer(pointer, missing);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    ShownCertificate shown{text_at("/virtual_host"), text_at("/certificate/fingerprint"), found->sequence};
    if (shown.fingerprint.empty()) return Error{"no certificate was chosen on that connection", "", ""};
    return shown;
}

Result<Step> next_handshake(const journal::Filter& filter,
                            HistoryReader& history,
                            std::uint64_t& after,
                            std::uint64_t rows) {
    // What is stored while we read comes behind this, and is for the next step.
    const auto last = history.last_sequence();
    if (last.has_error()) return last.error();
    journal::StoreQuery query;
    query.after = after;
    query.kind = journal::LineKind::connection;
    query.limit = rows;
    Step step;
    std::uint64_t looked_at = 0;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view line) {
        after = sequence;
        ++looked_at;
        if (!holds(filter, line)) return true;
        step.line = with_sequence(sequence, line);
        return false;
    });
    if (done.has_error()) return done.error();
    step.more = looked_at == rows;
    if (step.line.empty() && !step.more) after = std::max(after, *last);
    return step;
}

}  // namespace ocs::admin
