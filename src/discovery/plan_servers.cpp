// A server on its way: addresses, connection, certificate, REGISTER.

#include <algorithm>

#include "core/escape.hpp"
#include "discovery/plan_walk.hpp"

namespace ocs::discovery {
namespace {

std::string tcp_words(TcpStatus status) {
    switch (status) {
        case TcpStatus::connected:
            return "connected";
        case TcpStatus::refused:
            return "connection refused";
        case TcpStatus::timed_out:
            return "no connection in time";
        case TcpStatus::unreachable:
            return "unreachable";
    }
    return "";
}

std::uint16_t default_port(Transport transport) { return transport == Transport::tls ? 5061 : 5060; }

}  // namespace

TlsWish Plan::Walk::tls_wish(const std::string& reference) const {
    TlsWish wish;
    wish.reference = reference;
    // RFC 6066 §3: an address is never sent.
    if (profile_.sends_sni.value && IpAddress::parse(reference).has_error()) wish.sni = reference;
    wish.policy = profile_.name_policy.value;
    wish.range = profile_.tls.value;
    wish.check = profile_.certificate_check.value;
    wish.imitated = profile_.tls_imitated;
    return wish;
}

std::optional<Step> Plan::Walk::step_of_server() {
    Server& server = *current_;
    switch (server.stage) {
        case Stage::resolve: {
            if (auto address = IpAddress::parse(server.name); address.has_value()) {
                server.addresses = {*address};
                server.stage = Stage::connect;
                return std::nullopt;
            }
            return step(QueryStep{{{server.name, RecordType::addresses}}});
        }
        case Stage::ask_trust:
            return step(ask_about(server.name));
        case Stage::connect:
            return step(connect_step());
        case Stage::ask_certificate: {
            AskStep ask;
            ask.kind = PromptKind::trust_certificate;
            ask.server = server.name;
            ask.text = fill_in(profile_.certificate_prompt.value, user_.domain().text(), server.name);
            ask.preset = options_.answer;
            return step(std::move(ask));
        }
        case Stage::send_register:
            return step(RegisterStep{server.name, server.transport});
    }
    return std::nullopt;
}

ConnectStep Plan::Walk::connect_step() const {
    ConnectStep connect;
    connect.server = current_->name;
    connect.address = current_->addresses[current_->address];
    connect.port = current_->ports[current_->port];
    if (current_->transport == Transport::tls) connect.tls = tls_wish(current_->name);
    return connect;
}

/// The next address, then the next port: TCP to each record in turn (1) [5], 5061 then 443 (1) [33].
bool Plan::Walk::try_next_attempt() {
    Server& server = *current_;
    if (++server.address < server.addresses.size()) return true;
    server.address = 0;
    return ++server.port < server.ports.size();
}

void Plan::Walk::take_connect(const ConnectStep& asked, const ConnectResult& result) {
    Server& server = *current_;
    if (result.tcp != TcpStatus::connected) {
        finding_.text = tcp_words(result.tcp);
        if (counts()) outcome_.wanted.clear();
        if (try_next_attempt()) return;
        write_events(profile_.events.tcp_failed, server.name, "");
        server_failed(Ending::tcp_failed, quoted(server.name) + " was found, but: " + tcp_words(result.tcp));
        return;
    }
    if (counts()) outcome_.wanted = server.transport == Transport::tls ? server.name : "";
    if (!asked.tls) {
        finding_.good = true;
        finding_.text = "connected";
        warn("clear text: this client looks at no certificate here");
        server.stage = Stage::send_register;
        return;
    }
    const TlsObservation failed{TlsStatus::failed, std::nullopt, {}, Trust::trusted, ""};
    CertificateJudgement judgement = judge_certificate(result.tls.value_or(failed), *asked.tls);
    finding_.text = judgement.text;
    finding_.names = std::move(judgement.names);
    if (!judgement.failure) {
        finding_.good = true;
        server.stage = Stage::send_register;
        return;
    }
    if (judgement.may_ask && profile_.bad_certificate.value == CertificateReaction::ask && counts()) {
        server.unasked_failure = judgement.failure;
        server.unasked_text = judgement.text;
        server.stage = Stage::ask_certificate;
        return;
    }
    if (*judgement.failure == Ending::name_mismatch) {
        write_events(profile_.events.name_mismatch, server.name, asked.tls->reference);
    } else if (*judgement.failure == Ending::not_trusted) {
        write_events(profile_.events.not_trusted, server.name, asked.tls->reference);
    }
    server_failed(*judgement.failure, judgement.text);
}

void Plan::Walk::take_answer(const AskStep& asked, const PromptAnswer& answer) {
    finding_.good = answer.yes;
    finding_.text = answer.yes ? "yes" : "no";
    if (counts()) outcome_.prompts.push_back(asked.text);
    if (asked.kind == PromptKind::trust_server) {
        const std::string refused = "the user did not trust " + quoted(asked.server);
        if (current_ && answer.yes) {
            current_->stage = Stage::connect;
        } else if (current_) {
            // "No" ends the sign-in, whatever the stop rule (inf).
            const std::string name = current_->name;
            const bool counted = counts();
            current_->stage = Stage::connect;
            if (counted) end(Ending::domain_refused, name, refused);
        } else if (answer.yes) {
            web_->ask = false;
        } else {
            web_.reset();
            end(Ending::domain_refused, asked.server, refused);
        }
        return;
    }
    if (answer.yes) {
        current_->stage = Stage::send_register;
        return;
    }
    const std::string text = current_->unasked_text;
    server_failed(*current_->unasked_failure, text);
}

void Plan::Walk::take_register(const RegisterResult& result) {
    const std::string name = current_->name;
    const auto refuse = [&](const std::string& text) {
        finding_.text = text;
        write_events(profile_.events.sip_failed, name, "");
        server_failed(result.status ? Ending::sip_refused : Ending::sip_silent, text);
    };
    if (!result.status) {
        refuse("no answer to REGISTER");
        return;
    }
    const int status = *result.status;
    finding_.text = std::to_string(status) + (result.reason.empty() ? "" : " " + visible(result.reason));
    if (status == 200 || status == 401 || status == 407) {
        finding_.good = true;
        const bool counted = counts();  // not where only what-if came here, past the domain rule
        current_.reset();
        if (!counted) return;
        if (status == 200) {
            end(Ending::signed_in, name, "REGISTER was answered 200");
        } else {
            end(Ending::challenged, name, "the server asks for credentials, which this tool does not send");
        }
    } else if ((status == 301 || status == 302) && !result.contacts.empty()) {
        follow_redirect(result);
    } else {
        std::string text = "REGISTER was answered " + finding_.text;
        if (!result.diagnostics.empty()) text += ", ms-diagnostics: " + visible(result.diagnostics);
        refuse(text);
    }
}

/// To the first Contact; the backup registrar behind it is not tried. No domain rule and no question: a
/// trusted server said so (1) [12], for clients without the question inferred.
void Plan::Walk::follow_redirect(const RegisterResult& result) {
    const ServerAddress& contact = result.contacts.front();
    std::string host = contact.host;
    if (auto name = HostName::parse(host); name.has_value()) {
        host = name->text();
    } else if (IpAddress::parse(host).has_error()) {
        write_events(profile_.events.sip_failed, current_->name, "");
        server_failed(Ending::sip_refused, "redirect to " + quoted(host) + ", which is no host name");
        return;
    }
    Server server;
    server.origin = Origin::redirect;
    server.name = host;
    server.transport = contact.transport;
    server.ports = {contact.port == 0 ? default_port(contact.transport) : contact.port};
    server.beyond_only = current_->beyond_only;
    server.visited = current_->visited;
    server.visited.push_back(current_->name + ":" + std::to_string(current_->ports[current_->port]));
    const std::string there = server.name + ":" + std::to_string(server.ports.front());
    const bool again = std::find(server.visited.begin(), server.visited.end(), there) != server.visited.end();
    if (again || server.visited.size() > max_redirects) {
        const std::string text = again ? "redirect in a circle, back to " + quoted(there)
                                       : "more than " + std::to_string(max_redirects) + " redirects";
        write_events(profile_.events.sip_failed, current_->name, "");
        finding_.text += ": " + text;
        server_failed(Ending::sip_refused, text);
        return;
    }
    if (result.contacts.size() > 1) warn("further Contacts of the redirect are not tried");
    finding_.good = true;
    finding_.text += ": to " + quoted(there) + ", the new name wanted on the certificate";
    current_ = std::move(server);
}

void Plan::Walk::server_failed(Ending ending, const std::string& text) {
    note_failure(ending, current_->name, text);
    const bool stops = profile_.stop.value != StopRule::continue_on_error;
    const std::string name = current_->name;
    const bool counted = counts();
    current_.reset();
    if (counted && stops) end(ending, name, text);
}

void Plan::Walk::server_unresolved(const std::string& text) {
    const std::string name = current_->name;
    const Origin origin = current_->origin;
    const std::string sentence = quoted(name) + " has no address: " + text;
    const std::size_t before = outcome_.events.size();
    write_events(profile_.events.name_unresolved, name, "");
    // Observed for host names; that an SRV target without address is logged alike is inferred.
    for (std::size_t i = before; i < outcome_.events.size(); ++i) {
        if (origin != Origin::host) outcome_.events[i].confidence = Confidence::inferred;
    }
    const bool last_hope = origin == Origin::typed || origin == Origin::redirect ||
                           (origin == Origin::srv && profile_.stop.value == StopRule::stop_on_first_srv);
    if (last_hope) {
        server_failed(Ending::no_server, sentence);
    } else {
        current_.reset();
    }
}

}  // namespace ocs::discovery
