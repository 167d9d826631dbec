// Autodiscover: the lyncdiscover names over HTTP and HTTPS (facts sheet §6.7).

#include <algorithm>
#include <charconv>

#include "core/escape.hpp"
#include "discovery/plan_walk.hpp"

namespace ocs::discovery {
namespace {

struct ParsedUrl {
    bool tls = false;
    std::string host;
    std::uint16_t port = 80;
    std::string path = "/";
};

/// http and https only, no user part; anything else is no redirect a client of this kind follows.
std::optional<ParsedUrl> parse_url(std::string_view url) {
    ParsedUrl parsed;
    if (url.size() > 2048) return std::nullopt;
    const std::string lower = ascii_lower(url.substr(0, 8));
    if (lower.starts_with("https://")) {
        parsed.tls = true;
        parsed.port = 443;
        url.remove_prefix(8);
    } else if (lower.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return std::nullopt;
    }
    const std::size_t slash = url.find_first_of("/?#");
    std::string_view authority = url.substr(0, slash);
    if (slash != std::string_view::npos) {
        const std::string_view rest = url.substr(slash, url.find('#') - slash);
        parsed.path = (rest.starts_with('/') ? "" : "/") + std::string(rest);
    }
    const bool plain =
        std::all_of(parsed.path.begin(), parsed.path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!plain) return std::nullopt;
    if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
        const std::string_view digits = authority.substr(colon + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
        if (error != std::errc() || end != digits.data() + digits.size() || parsed.port == 0) {
            return std::nullopt;
        }
        authority = authority.substr(0, colon);
    }
    auto host = HostName::parse(authority);
    if (host.has_error()) return std::nullopt;
    parsed.host = host->text();
    return parsed;
}

/// How useful an answer is: SIP servers named, a redirect, a user link, nothing.
int rank(const WebAnswer& answer) {
    if (answer.sip_internal || answer.sip_external) return 3;
    if (answer.redirect) return 2;
    return answer.user_link ? 1 : 0;
}

/// How far a failed request came: the failure of the one that came furthest is reported.
int progress(Ending ending) {
    switch (ending) {
        case Ending::tcp_failed:
            return 0;
        case Ending::tls_failed:
            return 1;
        case Ending::not_trusted:
        case Ending::name_mismatch:
            return 3;
        default:
            return 2;
    }
}

}  // namespace

std::optional<Step> Plan::Walk::step_of_web() {
    if (web_->addresses.empty()) return step(QueryStep{{{web_->host, RecordType::addresses}}});
    if (web_->ask && counts()) return step(ask_about(web_->host));
    WebStep requests;
    for (const Url& url : web_->urls) {
        WebRequest request;
        const std::uint16_t usual = url.tls ? 443 : 80;
        request.host = web_->host + (url.port == usual ? "" : ":" + std::to_string(url.port));
        request.url = (url.tls ? "https://" : "http://") + request.host + url.path;
        request.port = url.port;
        request.addresses = web_->addresses;
        if (url.tls) request.tls = tls_wish(web_->host);
        request.accept = profile_.web_accept.value;
        request.user_agent = profile_.reg.user_agent.value;
        requests.requests.push_back(std::move(request));
    }
    return step(std::move(requests));
}

void Plan::Walk::take_web(const WebStep& asked, const WebResult& result) {
    const WebAnswer* best = nullptr;
    std::optional<Failure> worst;
    const auto fail = [&](Ending ending, const std::string& text) {
        finding_.text += text;
        if (!worst || progress(ending) > progress(worst->ending)) worst = Failure{ending, web_->host, text};
    };
    for (std::size_t i = 0; i < asked.requests.size() && i < result.answers.size(); ++i) {
        const WebRequest& request = asked.requests[i];
        const WebAnswer& answer = result.answers[i];
        finding_.text += (i == 0 ? "" : "; ") + std::string(request.tls ? "HTTPS: " : "HTTP: ");
        if (answer.tcp != TcpStatus::connected) {
            fail(Ending::tcp_failed, "no connection");
            continue;
        }
        if (request.tls) {
            const TlsObservation failed{TlsStatus::failed, std::nullopt, {}, Trust::trusted, ""};
            CertificateJudgement judgement = judge_certificate(answer.tls.value_or(failed), *request.tls);
            if (judgement.names) finding_.names = judgement.names;
            const bool dialog = judgement.failure && judgement.may_ask && judgement.names &&
                                profile_.bad_certificate.value == CertificateReaction::ask;
            if (dialog && counts()) {
                outcome_.prompts.push_back(
                    fill_in(profile_.certificate_prompt.value, user_.domain().text(), web_->host));
            }
            if (judgement.failure && !(dialog && options_.answer.value_or(false))) {
                fail(*judgement.failure, judgement.text);
                continue;
            }
        }
        if (answer.status != 200) {
            // A 302, a 404 or silence makes clients treat the name as failed (1) [109].
            fail(Ending::no_server,
                 answer.status ? "status " + std::to_string(*answer.status) : std::string("no answer"));
            continue;
        }
        finding_.text += "200";
        if (rank(answer) == 0) {
            fail(Ending::no_server, " without a link this tool knows");
        } else if (best == nullptr || rank(answer) > rank(*best)) {
            best = &answer;
        }
    }
    if (best == nullptr) {
        web_failed(worst ? worst->ending : Ending::no_server, worst ? worst->text : "no answer");
        return;
    }
    finding_.good = true;
    if (rank(*best) == 2) {
        follow_web_redirect(*best->redirect);
        return;
    }
    const std::string host = web_->host;
    web_.reset();
    const bool web_only = std::all_of(profile_.lookups.begin(),
                                      profile_.lookups.end(),
                                      [](const Lookup& one) { return one.kind == LookupKind::web; });
    if (web_only) {
        end(Ending::discovered, host, "autodiscover answered; what follows needs credentials");
    } else if (rank(*best) == 3) {
        use_sip_access(*best);
    } else {
        skips_.push_back({"the user resource behind " + visible(host),
                          "it asks for credentials: not carried out, the list goes on"});
    }
}

void Plan::Walk::follow_web_redirect(const std::string& url) {
    const auto parsed = parse_url(url);
    finding_.text += ": to " + quoted(url);
    if (!parsed) {
        web_failed(Ending::no_server, "redirect to " + quoted(url) + ", which this tool does not follow");
        return;
    }
    if (web_->hops + 1 > max_web_hops) {
        web_failed(Ending::no_server, "more than " + std::to_string(max_web_hops) + " redirects");
        return;
    }
    WebVisit visit;
    visit.host = parsed->host;
    visit.urls = {{parsed->tls, parsed->port, parsed->path}};
    visit.hops = web_->hops + 1;
    // Lync 2013 asks about a web name outside the SIP domain too (2+) [13, 60].
    const DomainDecision decision = decide_domain(visit.host, Transport::tls);
    if (decision.verdict == DomainVerdict::refused) {
        web_failed(Ending::domain_refused, "autodiscover redirects abroad: " + decision.reason);
        return;
    }
    visit.ask = decision.verdict == DomainVerdict::ask;
    web_ = std::move(visit);
}

/// Inside the internal server, outside the external one, both where the answer does not say (1) [26].
void Plan::Walk::use_sip_access(const WebAnswer& answer) {
    const auto queue = [&](const std::optional<ServerAddress>& address) {
        if (!address) return;
        const auto name = HostName::parse(address->host);
        if (name.has_error() || address->port == 0) {
            warn("autodiscover names " + quoted(address->host) + ":" + std::to_string(address->port) +
                 ", which cannot be used");
            return;
        }
        Server server;
        server.origin = Origin::web;
        server.name = name->text();
        server.transport = address->transport;
        server.ports = {address->port};
        finding_.text += ", server " + quoted(server.name);
        queue_server(std::move(server), "autodiscover's server");
    };
    if (answer.inside.value_or(true)) queue(answer.sip_internal);
    if (!answer.inside.value_or(false)) queue(answer.sip_external);
}

void Plan::Walk::web_failed(Ending ending, const std::string& text) {
    finding_.good = false;
    // A name that answered nothing useful hides no earlier failure.
    const bool weak = ending == Ending::no_server && last_failure_;
    if (!weak) note_failure(ending, web_->host, "autodiscover at " + quoted(web_->host) + ": " + text);
    web_.reset();
}

}  // namespace ocs::discovery
