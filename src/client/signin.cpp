#include "client/signin.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "client/channel.hpp"
#include "client/web_client.hpp"
#include "core/escape.hpp"
#include "discovery/register_request.hpp"
#include "sip/client_side.hpp"
#include "sip/framer.hpp"

namespace ocs::client {
namespace {

using namespace discovery;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_web_answer = std::size_t{300} * 1024;

std::string random_hex(std::size_t digits) {
    static std::random_device source;
    std::string text;
    while (text.size() < digits) text += fmt::format("{:08x}", source());
    text.resize(digits);
    return text;
}

std::string random_uuid() {
    const std::string hex = random_hex(32);
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-a" + hex.substr(17, 3) +
           "-" + hex.substr(20, 12);
}

/// An exception in here is a bug of ours: it ends the run.
void rethrow(const std::exception_ptr& escaped) {
    if (escaped) std::rethrow_exception(escaped);
}

/// Would this client send its request after what it saw? The plan says so again in its finding.
bool client_goes_on(const TlsWish& wish, const TlsObservation& seen) {
    return seen.status == TlsStatus::finished && seen.trust == Trust::trusted &&
           compare_names(wish.policy, seen.names, wish.reference).covered;
}

class Runner {
public:
    Runner(const SigninOptions& options, const TrustStore& trust)
        : options_(options), trust_(trust), plan_(options.profile, options.user, options.plan) {}

    asio::awaitable<void> run();
    SigninReport take_report() { return std::move(report_); }

private:
    /// What several operations at the same time wait for: each counts down, the last one wakes.
    struct Together {
        explicit Together(const asio::any_io_executor& executor, std::size_t count)
            : left(count), all_done(executor, asio::steady_timer::time_point::max()) {}
        std::size_t left;
        asio::steady_timer all_done;
        void count_down() {
            if (--left == 0) all_done.cancel();
        }
    };

    asio::awaitable<void> carry_out(Step step, ReportedStep& reported);
    asio::awaitable<void> query(QueryStep step, ReportedStep& reported);
    asio::awaitable<void> query_one(Question question,
                                    std::size_t index,
                                    QueryResult& into,
                                    ReportedStep& reported,
                                    std::shared_ptr<Together> together);
    asio::awaitable<void> web(WebStep step, ReportedStep& reported);
    asio::awaitable<void> web_one(WebRequest request,
                                  std::size_t index,
                                  WebResult& into,
                                  ReportedStep& reported,
                                  std::shared_ptr<Together> together);
    asio::awaitable<WebAnswer> get(WebRequest request, ReportedStep& reported);
    asio::awaitable<void> connect(ConnectStep step, ReportedStep& reported);
    asio::awaitable<void> register_user(RegisterStep step, ReportedStep& reported);
    asio::awaitable<void> drop_connection();

    const SigninOptions& options_;
    const TrustStore& trust_;
    Plan plan_;
    SigninReport report_;
    std::unique_ptr<Channel> channel_;
    Finding last_finding_;
    std::string epid_ = random_hex(10);
    std::string instance_ = random_uuid();
    bool any_answer_ = false;
    bool any_question_ = false;
};

/// The connection stays while the plan may still use it.
bool keeps_connection(const Action& action) {
    if (std::holds_alternative<RegisterStep>(action)) return true;
    const auto* question = std::get_if<AskStep>(&action);
    return question != nullptr && question->kind == PromptKind::trust_certificate;
}

asio::awaitable<void> Runner::run() {
    const MonotonicTime begun = monotonic_now();
    report_.started = options_.now;
    while (true) {
        const Step step = plan_.next();
        if (!keeps_connection(step.action)) co_await drop_connection();
        if (std::holds_alternative<DoneStep>(step.action)) break;
        ReportedStep reported;
        reported.step = step;
        const MonotonicTime started = monotonic_now();
        reported.at = started - begun;
        co_await carry_out(step, reported);
        reported.took = monotonic_now() - started;
        reported.finding = plan_.take(reported.result);
        last_finding_ = reported.finding;
        report_.steps.push_back(std::move(reported));
    }
    report_.took = monotonic_now() - begun;
    report_.outcome = plan_.outcome();
    report_.resolver_unreachable = any_question_ && !any_answer_;
}

asio::awaitable<void> Runner::drop_connection() {
    if (!channel_) co_return;
    const bool name_is_wrong = last_finding_.names && !last_finding_.names->covered;
    const bool refused = !last_finding_.good;
    co_await channel_->leave(refused, name_is_wrong);
    channel_.reset();
}

asio::awaitable<void> Runner::carry_out(Step step, ReportedStep& reported) {
    if (const auto* question = std::get_if<QueryStep>(&step.action)) {
        co_await query(*question, reported);
    } else if (const auto* request = std::get_if<WebStep>(&step.action)) {
        co_await web(*request, reported);
    } else if (const auto* target = std::get_if<ConnectStep>(&step.action)) {
        co_await connect(*target, reported);
    } else if (const auto* registration = std::get_if<RegisterStep>(&step.action)) {
        co_await register_user(*registration, reported);
    } else if (const auto* prompt = std::get_if<AskStep>(&step.action)) {
        PromptAnswer answer;
        answer.yes = prompt->preset ? *prompt->preset : options_.ask && options_.ask(*prompt);
        reported.result = answer;
    } else {
        reported.result = Skipped{};
    }
}

asio::awaitable<void> Runner::query_one(Question question,
                                        std::size_t index,
                                        QueryResult& into,
                                        ReportedStep& reported,
                                        std::shared_ptr<Together> together) {
    const LookedUp looked_up = co_await look_up(options_.resolver, question);
    into.answers[index] = looked_up.answer;
    if (!looked_up.note.empty()) reported.note = looked_up.note;
    any_question_ = true;
    if (!looked_up.unreachable) any_answer_ = true;
    together->count_down();
}

asio::awaitable<void> Runner::query(QueryStep step, ReportedStep& reported) {
    const auto executor = co_await asio::this_coro::executor;
    QueryResult result;
    result.answers.resize(step.questions.size());
    const auto together = std::make_shared<Together>(executor, step.questions.size());
    for (std::size_t i = 0; i < step.questions.size(); ++i) {
        asio::co_spawn(executor, query_one(step.questions[i], i, result, reported, together), rethrow);
    }
    if (together->left > 0) co_await together->all_done.async_wait(tuple);
    reported.result = std::move(result);
}

asio::awaitable<void> Runner::connect(ConnectStep step, ReportedStep& reported) {
    const auto executor = co_await asio::this_coro::executor;
    ConnectResult result;
    channel_ = std::make_unique<Channel>(executor, trust_, options_.now);
    Remote remote;
    remote.address = step.address;
    remote.port = step.port;
    result.tcp = co_await channel_->connect(remote, options_.connect_limit);
    if (result.tcp != TcpStatus::connected) {
        reported.note = channel_->problem();
    } else if (step.tls) {
        result.tls = co_await channel_->handshake(*step.tls, options_.handshake_limit);
        reported.presented = channel_->presented();
    }
    reported.result = std::move(result);
}

asio::awaitable<void> Runner::register_user(RegisterStep step, ReportedStep& reported) {
    RegisterResult result;
    reported.result = result;
    if (!channel_) co_return;
    const bool open = co_await channel_->accept(options_.handshake_limit);
    if (!open) {
        reported.note = "the handshake did not come to its end";
        co_return;
    }
    RegisterIds ids;
    const auto here = IpAddress::parse(channel_->local_address());
    if (here.has_value()) ids.local_address = *here;
    ids.local_port = channel_->local_port();
    ids.transport = step.transport;
    ids.tag = random_hex(10);
    ids.epid = epid_;
    ids.call_id = random_hex(32);
    ids.opaque = random_hex(10);
    ids.instance = instance_;
    ids.branch = random_hex(16);
    std::string request = register_request(options_.profile, options_.user, ids);
    const bool sent = co_await channel_->send(std::move(request), options_.answer_limit);
    if (!sent) {
        reported.note = "the server had gone";
        co_return;
    }
    const MonotonicTime until = monotonic_now() + options_.answer_limit;
    sip::Framer framer;
    while (true) {
        const std::string bytes = co_await channel_->receive(until - monotonic_now());
        if (bytes.empty()) break;
        framer.feed(bytes);
        std::optional<sip::Frame> frame = framer.next();
        while (frame && frame->kind != sip::Frame::Kind::message && frame->kind != sip::Frame::Kind::lost) {
            frame = framer.next();
        }
        if (!frame) continue;
        const sip::AnswerFacts answer = sip::read_answer(frame->message);
        if (frame->kind == sip::Frame::Kind::lost) {
            reported.note = visible(frame->problem);
            break;
        }
        if (answer.status < 200) continue;  // provisional (RFC 3261 §8.1.3.2), or no answer at all
        result.status = answer.status;
        result.reason = answer.reason;
        if (answer.diagnostics) {
            result.diagnostics = fmt::format("{};reason=\"{}\";source=\"{}\"",
                                             answer.diagnostics->id,
                                             answer.diagnostics->reason,
                                             answer.diagnostics->source);
        }
        for (const sip::ContactTarget& target : answer.contacts) {
            ServerAddress home;
            home.host = target.host;
            if (target.port != 0) home.port = target.port;
            home.transport = target.transport == "tcp" ? Transport::tcp : Transport::tls;
            result.contacts.push_back(std::move(home));
        }
        reported.sip_line = fmt::format("SIP/2.0 {} {}", answer.status, answer.reason);
        break;
    }
    if (!result.status && reported.note.empty()) reported.note = "no answer to REGISTER";
    reported.result = std::move(result);
}

asio::awaitable<void> Runner::web_one(WebRequest request,
                                      std::size_t index,
                                      WebResult& into,
                                      ReportedStep& reported,
                                      std::shared_ptr<Together> together) {
    WebAnswer answer = co_await get(std::move(request), reported);
    into.answers[index] = std::move(answer);
    together->count_down();
}

asio::awaitable<void> Runner::web(WebStep step, ReportedStep& reported) {
    const auto executor = co_await asio::this_coro::executor;
    WebResult result;
    result.answers.resize(step.requests.size());
    const auto together = std::make_shared<Together>(executor, step.requests.size());
    for (std::size_t i = 0; i < step.requests.size(); ++i) {
        asio::co_spawn(executor, web_one(step.requests[i], i, result, reported, together), rethrow);
    }
    if (together->left > 0) co_await together->all_done.async_wait(tuple);
    reported.result = std::move(result);
}

/// One GET: the addresses in order until one connects, then as far as the client would go.
asio::awaitable<WebAnswer> Runner::get(WebRequest request, ReportedStep& reported) {
    const auto executor = co_await asio::this_coro::executor;
    WebAnswer answer;
    answer.tcp = TcpStatus::unreachable;
    std::unique_ptr<Channel> channel;
    for (const IpAddress& address : request.addresses) {
        channel = std::make_unique<Channel>(executor, trust_, options_.now);
        Remote remote;
        remote.address = address;
        remote.port = request.port;
        answer.tcp = co_await channel->connect(remote, options_.connect_limit);
        if (answer.tcp == TcpStatus::connected) break;
    }
    if (answer.tcp != TcpStatus::connected) co_return answer;
    bool goes_on = true;
    if (request.tls) {
        answer.tls = co_await channel->handshake(*request.tls, options_.handshake_limit);
        if (channel->presented()) reported.presented = channel->presented();
        goes_on = client_goes_on(*request.tls, *answer.tls);
    }
    if (goes_on) goes_on = co_await channel->accept(options_.handshake_limit);
    if (goes_on) goes_on = co_await channel->send(web_request(request), options_.answer_limit);
    std::string bytes;
    const MonotonicTime until = monotonic_now() + options_.answer_limit;
    while (goes_on && bytes.size() < largest_web_answer) {
        const std::string more = co_await channel->receive(until - monotonic_now());
        if (more.empty()) break;
        bytes += more;
    }
    if (!bytes.empty()) read_web_answer(bytes, answer);
    const bool covered =
        !request.tls ||
        (answer.tls && compare_names(request.tls->policy, answer.tls->names, request.tls->reference).covered);
    co_await channel->leave(!goes_on, !covered);
    co_return answer;
}

}  // namespace

Result<SigninReport> sign_in(const SigninOptions& options) {
    auto trust = TrustStore::load(options.roots);
    if (trust.has_error()) return trust.error();
    asio::io_context io(1);
    Runner runner(options, *trust);
    asio::co_spawn(io, runner.run(), rethrow);
    io.run();
    return runner.take_report();
}

}  // namespace ocs::client
