#include "client/resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "client/step_words.hpp"
#include "core/escape.hpp"
#include "dns/question.hpp"

namespace ocs::client {
namespace {

using discovery::DnsStatus;

constexpr int longest_alias_chain = 10;

std::uint16_t random_id() {
    static std::random_device source;
    return static_cast<std::uint16_t>(source());
}

std::string text_of(const Remote& server) { return endpoint_text(server.address, server.port); }

/// One exchange with all its tries: the decoded response, or why there is none.
struct Asked {
    std::optional<dns::Response> response;
    DnsStatus status = DnsStatus::timed_out;
    std::string note;
    bool unreachable = false;
};

asio::awaitable<Asked> ask(ResolverOptions options, dns::Name name, dns::Type type) {
    dns::Question question;
    question.name = std::move(name);
    question.type = type;
    question.id = random_id();
    const auto bytes = dns::encode(question);
    Asked asked;
    Reply reply;
    for (int attempt = 0; attempt < options.tries; ++attempt) {
        reply = co_await ask_by_udp(options.server, bytes, options.patience);
        if (reply.outcome != NetworkOutcome::timed_out) break;
    }
    if (reply.outcome != NetworkOutcome::ok) {
        asked.unreachable = true;
        asked.note =
            reply.outcome == NetworkOutcome::timed_out
                ? fmt::format("no answer from {} in {} tries", text_of(options.server), options.tries)
                : fmt::format("{}: {}", text_of(options.server), reply.problem);
        co_return asked;
    }
    auto decoded = dns::decode(question, reply.bytes);
    if (decoded.has_value() && decoded->truncated) {
        asked.note = "over TCP";
        reply = co_await ask_by_tcp(options.server, bytes, options.patience);
        if (reply.outcome != NetworkOutcome::ok) {
            asked.note = fmt::format("cut short by UDP, and by TCP {}: {}",
                                     text_of(options.server),
                                     reply.problem.empty() ? "no answer in time" : reply.problem);
            co_return asked;
        }
        decoded = dns::decode(question, reply.bytes);
    }
    if (decoded.has_error()) {
        asked.status = DnsStatus::malformed;
        asked.note = visible(decoded.error().what);
        co_return asked;
    }
    asked.response = std::move(*decoded);
    co_return asked;
}

/// Follows the aliases inside one response from `at` on; true while there is a further one.
bool follow_alias(const dns::Response& response, dns::Name& at, std::vector<std::string>& aliases) {
    for (const dns::Record& record : response.answers) {
        if (record.type != dns::Type::cname || record.owner != at || record.name() == nullptr) continue;
        at = *record.name();
        aliases.push_back(ascii_lower(at.text()));
        return true;
    }
    return false;
}

void take_records(const dns::Response& response,
                  const dns::Name& owner,
                  dns::Type type,
                  discovery::DnsAnswer& answer) {
    for (const dns::Record& record : response.answers) {
        if (record.owner != owner || record.type != type) continue;
        if (const dns::Srv* srv = record.srv()) {
            answer.srv.push_back({srv->priority, srv->weight, srv->port, ascii_lower(srv->target.text())});
        } else if (const IpAddress* address = record.address()) {
            answer.addresses.push_back(*address);
        }
    }
}

DnsStatus status_of(const dns::Response& response, bool found) {
    if (found) return DnsStatus::answered;
    if (response.is(dns::Rcode::nx_domain)) return DnsStatus::no_such_name;
    if (response.is(dns::Rcode::no_error)) return DnsStatus::no_data;
    return DnsStatus::server_failure;
}

/// One type, aliases followed, within responses and by further questions.
asio::awaitable<LookedUp> look_up_type(ResolverOptions options, dns::Name name, dns::Type type) {
    LookedUp out;
    dns::Name at = name;
    while (true) {
        const Asked asked = co_await ask(options, at, type);
        if (!asked.note.empty()) out.note = asked.note;
        out.unreachable = asked.unreachable;
        if (!asked.response) {
            out.answer.status = asked.status;
            co_return out;
        }
        const dns::Name asked_for = at;
        while (static_cast<int>(out.answer.aliases.size()) <= longest_alias_chain &&
               follow_alias(*asked.response, at, out.answer.aliases)) {
        }
        if (static_cast<int>(out.answer.aliases.size()) > longest_alias_chain) {
            out.answer.status = DnsStatus::alias_loop;
            co_return out;
        }
        take_records(*asked.response, at, type, out.answer);
        const bool found = !out.answer.srv.empty() || !out.answer.addresses.empty();
        out.answer.status = status_of(*asked.response, found);
        if (out.answer.status == DnsStatus::server_failure && out.note.empty()) {
            out.note = dns::rcode_text(asked.response->rcode);
        }
        // An alias that leads out of what this server said: ask for where it leads.
        const bool goes_on = !found && at != asked_for && asked.response->is(dns::Rcode::no_error) &&
                             asked.response->authority.empty();
        if (!goes_on) co_return out;
    }
}

}  // namespace

asio::awaitable<LookedUp> look_up(ResolverOptions options, discovery::Question question) {
    LookedUp out;
    const auto name = dns::Name::parse(question.name);
    if (name.has_error()) {
        out.answer.status = DnsStatus::malformed;
        out.note = name.error().what;
        co_return out;
    }
    if (question.type == discovery::RecordType::srv) {
        out = co_await look_up_type(options, *name, dns::Type::srv);
        co_return out;
    }
    out = co_await look_up_type(options, *name, dns::Type::a);
    if (out.unreachable) co_return out;
    const LookedUp six = co_await look_up_type(options, *name, dns::Type::aaaa);
    const auto& more = six.answer.addresses;
    out.answer.addresses.insert(out.answer.addresses.end(), more.begin(), more.end());
    if (out.answer.status != DnsStatus::answered && six.answer.status == DnsStatus::answered) {
        out.answer.status = DnsStatus::answered;
        out.answer.aliases = six.answer.aliases;
    }
    co_return out;
}

}  // namespace ocs::client
