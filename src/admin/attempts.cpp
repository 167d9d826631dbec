#include "admin/attempts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "admin/handshakes.hpp"
#include "core/escape.hpp"
#include "journal/timeline.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;

constexpr std::uint64_t usual_page = 20;
constexpr std::uint64_t longest_attempts_page = 100;

struct StoredAttempt {
    journal::AttemptView view;
    std::vector<std::uint64_t> sequences;  ///< of the lines
    std::uint64_t newest = 0;
};

Result<StoredAttempt> read_attempt(const std::string& id, HistoryReader& history) {
    StoredAttempt attempt;
    attempt.view.id = id;
    journal::StoreQuery query;
    query.attempt = id;
    std::vector<std::pair<journal::LogLine, std::uint64_t>> lines;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view text) {
        attempt.newest = sequence;
        journal::LogLine line;
        if (journal::parse_log_line(text, line)) return true;
        if (lines.size() < journal::Timeline::most_lines) {
            lines.emplace_back(std::move(line), sequence);
        } else {
            ++attempt.view.left_out;
        }
        return true;
    });
    if (done.has_error()) return done.error();
    std::stable_sort(lines.begin(), lines.end(), [](const auto& one, const auto& other) {
        return one.first.time < other.first.time;
    });
    for (auto& [line, sequence] : lines) {
        attempt.view.lines.push_back(std::move(line));
        attempt.sequences.push_back(sequence);
    }
    return attempt;
}

std::string newest_text(const std::vector<journal::LogLine>& lines, std::string journal::LogLine::*field) {
    const auto found = std::find_if(
        lines.rbegin(), lines.rend(), [&](const journal::LogLine& line) { return !(line.*field).empty(); });
    return found == lines.rend() ? std::string() : (*found).*field;
}

json::object overview(const StoredAttempt& attempt) {
    const auto& lines = attempt.view.lines;
    std::map<journal::LineKind, std::uint64_t> count;
    WallTime last = lines.front().time;
    for (const journal::LogLine& line : lines) {
        ++count[line.kind];
        last = std::max(last, line.time + line.duration);
    }
    json::object told{{"id", attempt.view.id},
                      {"sequence", attempt.newest},
                      {"first", rfc3339(lines.front().time)},
                      {"last", rfc3339(last)},
                      {"client", lines.front().peer},
                      {"questions", count[journal::LineKind::dns]},
                      {"connections", count[journal::LineKind::connection]},
                      {"messages", count[journal::LineKind::sip]},
                      {"left_out", attempt.view.left_out}};
    for (const auto& [key, field] : {std::pair("user", &journal::LogLine::user),
                                     std::pair("wanted", &journal::LogLine::wanted),
                                     std::pair("vhost", &journal::LogLine::vhost),
                                     std::pair("verdict", &journal::LogLine::verdict)}) {
        if (const auto text = newest_text(lines, field); !text.empty()) told[key] = text;
    }
    return told;
}

ApiReply whole(const StoredAttempt& attempt) {
    json::object told = overview(attempt);
    told["tree"] = journal::to_tree(attempt.view);
    std::string body = json::serialize(told);
    body.pop_back();
    body += ",\"records\":[";
    for (std::size_t i = 0; i < attempt.view.lines.size(); ++i) {
        body += (i == 0 ? "" : ",") + with_sequence(attempt.sequences[i], attempt.view.lines[i].raw);
    }
    return {200, "application/json", body + "]}\n", "", {}};
}

struct Page {
    std::vector<StoredAttempt> attempts;
    std::uint64_t next = 0;  ///< 0: there is no more
};

/// By the newest record of each: an attempt that has one at or after `before` was on an earlier page.
Result<Page> newest(const journal::Filter& filter,
                    HistoryReader& history,
                    std::uint64_t before,
                    std::uint64_t count) {
    journal::StoreQuery query;
    query.before = before;
    query.newest_first = true;
    query.limit = rows_per_reply;
    std::vector<std::pair<std::string, std::uint64_t>> met;  // in the order of their newest record
    std::set<std::string> known;
    std::uint64_t looked_at = 0;
    std::uint64_t last = 0;
    bool stopped = false;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view text) {
        ++looked_at;
        last = sequence;
        journal::LogLine line;
        if (journal::parse_log_line(text, line) || line.attempt.empty()) return true;
        if (known.insert(line.attempt).second) met.emplace_back(line.attempt, sequence);
        stopped = filter.empty() && met.size() > count;
        return !stopped;
    });
    if (done.has_error()) return done.error();
    Page page;
    if (stopped || looked_at == rows_per_reply) page.next = last;
    std::uint64_t previous = 0;
    for (const auto& [id, sequence] : met) {
        if (page.attempts.size() == count) {
            page.next = previous;
            break;
        }
        previous = sequence;
        auto attempt = read_attempt(id, history);
        if (attempt.has_error()) return attempt.error();
        const bool earlier_page = before > 0 && attempt->newest >= before;
        if (attempt->view.lines.empty() || earlier_page || !filter.matches(attempt->view.lines)) continue;
        page.attempts.push_back(std::move(*attempt));
    }
    return page;
}

}  // namespace

ApiReply list_attempts(const Call& call, HistoryReader& history) {
    const auto wanted = page_request(call.query, longest_attempts_page, usual_page);
    if (wanted.has_error()) return failure(400, wanted.error());
    const auto last = history.last_sequence();
    if (last.has_error()) return failure(503, last.error());
    const auto page = newest(wanted->filter, history, wanted->before, wanted->limit);
    if (page.has_error()) return failure(503, page.error());
    json::array attempts;
    for (const StoredAttempt& attempt : page->attempts) attempts.push_back(overview(attempt));
    json::object told{{"schema", 1}, {"attempts", std::move(attempts)}, {"last", *last}};
    if (page->next > 0) told["next"] = page->next;
    return json_reply(200, told);
}

ApiReply latest_attempt(const Call& call, HistoryReader& history) {
    const auto filter = filter_of(call.query);
    if (filter.has_error()) return failure(400, filter.error());
    const auto page = newest(*filter, history, 0, 1);
    if (page.has_error()) return failure(503, page.error());
    if (page->attempts.empty()) return failure(404, Error{"no attempt matches", "", ""});
    return whole(page->attempts.front());
}

ApiReply show_attempt(const Call& call, HistoryReader& history) {
    const auto attempt = read_attempt(call.id, history);
    if (attempt.has_error()) return failure(503, attempt.error());
    if (attempt->view.lines.empty())
        return failure(404, Error{"no attempt " + ocs::quoted(call.id) + " is in the history", "", ""});
    return whole(*attempt);
}

}  // namespace ocs::admin
