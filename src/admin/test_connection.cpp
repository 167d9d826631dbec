#include "admin/test_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "admin/control_api.hpp"
#include "admin/feed.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "journal/log_line.hpp"

namespace ocs::admin {

namespace asio = boost::asio;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t rows_at_once = 1000;
constexpr std::size_t names_in_hint = 10;

/// What is asked for, or the refusal.
struct Asked {
    TestWish wish;
    std::string listener;
    std::optional<ApiReply> refusal;
};

Asked refused(int status, Error error) { return {{}, "", failure(status, error)}; }

std::string listed(const std::vector<NamedListener>& listeners) {
    std::string names;
    for (std::size_t i = 0; i < std::min(listeners.size(), names_in_hint); ++i)
        names += (i == 0 ? "" : ", ") + visible(listeners[i].name);
    return names;
}

Asked read(const std::string& body, const ControlledLab& lab) {
    Fields fields(body, {"name", "listener"});
    const std::string text = fields.text("name");
    const std::string listener = fields.text_or_empty("listener");
    if (fields.problem()) return refused(400, *fields.problem());
    const auto name = HostName::parse(text);
    if (name.has_error()) {
        const std::string& hint = name.error().hint;
        return refused(
            400,
            Error{name.error().what, "name", hint.empty() ? "a host name, such as sip.contoso.test" : hint});
    }
    std::vector<NamedListener> listeners;
    lab.do_on_lab_thread([&] {
        if (lab.listeners) listeners = lab.listeners();
    });
    if (listeners.empty() || !lab.try_connection)
        return refused(503, Error{"nothing listens for clients", "", "GET /readyz has what is wrong"});
    const auto found = std::find_if(listeners.begin(), listeners.end(), [&](const NamedListener& one) {
        return listener.empty() || one.name == listener;
    });
    if (found == listeners.end()) {
        return refused(404,
                       Error{"no listener " + ocs::quoted(listener) + " is served",
                             "listener",
                             "there are " + listed(listeners)});
    }
    return {{record::reachable(found->bound), name->text()}, found->name, {}};
}

/// Somebody who waits for a call.
struct Pending {
    explicit Pending(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
    std::optional<TestOutcome> outcome;
};

/// The final record of this connection, of those stored after `after`, which moves on. Empty: not yet.
Result<std::string> record_of(const TestOutcome& outcome,
                              const TestWish& wish,
                              HistoryReader& history,
                              std::uint64_t& after) {
    journal::StoreQuery query;
    query.after = after;
    query.limit = rows_at_once;
    std::string id;
    auto done = history.read(query, [&](std::uint64_t sequence, std::string_view text) {
        after = sequence;
        journal::LogLine line;
        const bool is_own = !journal::parse_log_line(text, line) &&
                            line.kind == journal::LineKind::connection && !line.provisional &&
                            line.peer == outcome.client.address && line.peer_port == outcome.client.port &&
                            line.local_port == wish.server.port;
        if (is_own) id = line.id;
        return !is_own;
    });
    if (done.has_error()) return done.error();
    return id;
}

ApiReply reply_of(const Asked& asked, const TestOutcome& outcome, const std::string& id) {
    boost::json::object told{{"schema", 1},
                             {"connected", outcome.client.port != 0},
                             {"name", asked.wish.name},
                             {"listener", visible(asked.listener)},
                             {"address", to_string(asked.wish.server)},
                             {"result", to_string(outcome.result)},
                             {"why", outcome.why}};
    if (!id.empty()) told["handshake"] = id;
    return json_reply(200, told);
}

}  // namespace

std::string_view to_string(TestResult result) {
    switch (result) {
        case TestResult::accepted:
            return "accepted";
        case TestResult::refused:
            return "refused";
        case TestResult::server_alert:
            return "server-alert";
        case TestResult::no_handshake:
            return "no-handshake";
        case TestResult::timed_out:
            return "timed-out";
        case TestResult::unreachable:
            return "unreachable";
    }
    return "";
}

/// The one that is under way, and its watcher.
class TestConnections::Turn {
public:
    explicit Turn(TestConnections& all) : all_(all), watcher_(all.feed_.watch()) { all_.busy_ = true; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        all_.busy_ = false;
        all_.feed_.leave(watcher_);
    }
    [[nodiscard]] const std::shared_ptr<Watcher>& watcher() const { return watcher_; }

private:
    TestConnections& all_;
    std::shared_ptr<Watcher> watcher_;
};

asio::awaitable<ApiReply> TestConnections::answer(const std::string& body, const ControlledLab& lab) {
    const Asked asked = read(body, lab);
    if (asked.refusal) co_return *asked.refusal;
    if (busy_) co_return failure(409, Error{"a test connection is under way", "", "one at a time"});
    const Turn turn(*this);
    const std::shared_ptr<Watcher>& watcher = turn.watcher();
    std::uint64_t after = 0;
    const auto last = lab.history->last_sequence();
    if (last.has_value()) after = *last;
    const auto pending = std::make_shared<Pending>(io_);
    auto done = [pending](TestOutcome outcome) {
        pending->outcome = std::move(outcome);
        pending->timer.cancel();
    };
    lab.try_connection(asked.wish, std::move(done));
    while (!pending->outcome) {
        auto waited = co_await pending->timer.async_wait(tuple);
        static_cast<void>(waited);  // whoever cancels it has the outcome
    }
    const TestOutcome& outcome = *pending->outcome;
    const auto until = std::chrono::steady_clock::now() + record_time;
    std::string id;
    bool goes_on = outcome.client.port != 0 && lab.history->is_kept();
    while (goes_on) {
        watcher->news = false;
        watcher->passing.clear();
        const std::uint64_t from = after;
        auto found = record_of(outcome, asked.wish, *lab.history, after);
        if (found.has_value()) id = std::move(*found);
        goes_on = id.empty() && std::chrono::steady_clock::now() < until && !feed_.stopped();
        if (goes_on && after == from) {
            co_await feed_.news(watcher, until);
        } else if (goes_on) {
            co_await asio::post(io_, asio::use_awaitable);  // others are answered before this reads on
        }
    }
    co_return reply_of(asked, outcome, id);
}

}  // namespace ocs::admin
