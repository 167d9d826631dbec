#pragma once
// The state behind discovery/plan.hpp. The agenda is in plan.cpp, what DNS said in plan_lookups.cpp, servers
// in plan_servers.cpp, autodiscover in plan_web.cpp.

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "discovery/plan.hpp"

namespace ocs::discovery {

/// How a client reads what a TLS handshake brought.
struct CertificateJudgement {
    std::optional<Ending> failure;  ///< absent: it goes on
    std::string text;               ///< one clause, escaped
    std::optional<NameVerdict> names;
    bool may_ask = false;  ///< a client with a certificate dialog shows it for this failure
};
CertificateJudgement judge_certificate(const TlsObservation& seen, const TlsWish& wish);

/// The SRV records a client can use, in the order it tries them.
struct UsableRecords {
    std::vector<SrvRecord> records;     ///< at most max_srv_records
    std::vector<std::string> warnings;  ///< what was left out or is against the rules
};
UsableRecords usable_records(const DnsAnswer& answer);

/// "no such name", "front01.contoso.test → 127.0.0.1": one clause for people, escaped.
std::string describe(const DnsAnswer& answer);

class Plan::Walk {
public:
    Walk(ClientProfile profile, SipUser user, PlanOptions options);

    Step next();
    Finding take(const StepResult& result);
    [[nodiscard]] const Outcome& outcome() const { return outcome_; }
    [[nodiscard]] const ClientProfile& profile() const { return profile_; }
    [[nodiscard]] const SipUser& user() const { return user_; }

private:
    enum class Origin { typed, srv, host, web, redirect };
    enum class Stage { resolve, ask_trust, connect, ask_certificate, send_register };

    /// A server on its way from a name to an answered REGISTER.
    struct Server {
        Origin origin = Origin::host;
        std::string name;  ///< looked up, shown and wanted on the certificate; or address text
        Transport transport = Transport::tls;
        std::vector<std::uint16_t> ports;
        bool ask = false;                  ///< the domain rule wants a question first
        bool beyond_only = false;          ///< the client does not use it; what-if does
        std::vector<std::string> visited;  ///< "host:port" of the redirects that led here
        Stage stage = Stage::resolve;
        std::vector<IpAddress> addresses;
        std::size_t address = 0, port = 0;      ///< indexes of the attempt that is due
        std::optional<Ending> unasked_failure;  ///< waits for the certificate dialog
        std::string unasked_text;
    };

    struct Url {
        bool tls = false;
        std::uint16_t port = 80;
        std::string path;
    };
    /// One autodiscover name with its redirects.
    struct WebVisit {
        std::string host;
        std::vector<Url> urls;  ///< asked together
        std::vector<IpAddress> addresses;
        std::size_t hops = 0;
        bool ask = false;
    };

    struct Failure {
        Ending ending = Ending::no_server;
        std::string server, text;
    };

    // plan.cpp
    std::optional<Step> decide();
    Step step(Action action) const;
    [[nodiscard]] bool counts() const;  ///< the result at hand is the client's, not a what-if
    void end(Ending ending, const std::string& server, const std::string& text);
    void note_failure(Ending ending, const std::string& server, const std::string& text);
    void warn(const std::string& text);
    void write_events(const std::vector<EventTemplate>& templates,
                      std::string_view first,
                      std::string_view second);
    std::vector<std::string> names_left() const;
    [[nodiscard]] DomainDecision decide_domain(const std::string& server, Transport transport) const;
    AskStep ask_about(const std::string& server) const;

    // plan_lookups.cpp
    Step step_of_lookup();
    void take_query(const QueryStep& asked, const QueryResult& result);
    void take_srv_answers(const QueryResult& result);
    void take_srv_answer(const Lookup& lookup, const DnsAnswer& answer);
    void take_server_addresses(const DnsAnswer& answer);
    void take_web_addresses(const DnsAnswer& answer);
    void count_unanswered(const DnsAnswer& answer);
    /// Bounded; warns of aliases where there must be none.
    std::vector<IpAddress> addresses_of(const DnsAnswer& answer, bool srv_target);
    void queue_server(Server server, const std::string& found_by);

    // plan_servers.cpp
    std::optional<Step> step_of_server();
    ConnectStep connect_step() const;
    TlsWish tls_wish(const std::string& reference) const;
    void take_connect(const ConnectStep& asked, const ConnectResult& result);
    bool try_next_attempt();
    void take_register(const RegisterResult& result);
    void follow_redirect(const RegisterResult& result);
    void take_answer(const AskStep& asked, const PromptAnswer& answer);
    void server_failed(Ending ending, const std::string& text);
    void server_unresolved(const std::string& text);

    // plan_web.cpp
    std::optional<Step> step_of_web();
    void take_web(const WebStep& asked, const WebResult& result);
    void follow_web_redirect(const std::string& url);
    void use_sip_access(const WebAnswer& answer);
    void web_failed(Ending ending, const std::string& text);

    ClientProfile profile_;
    SipUser user_;
    PlanOptions options_;
    std::vector<HostName> trusted_;
    Outcome outcome_;
    Finding finding_;          ///< of the result at hand
    std::optional<Step> due_;  ///< yielded, not answered
    bool ended_ = false;       ///< for the client
    bool finished_ = false;    ///< for the what-if as well
    std::size_t next_lookup_ = 0;
    std::vector<std::size_t> asked_lookups_;  ///< those of the SRV question that is due
    bool srv_asked_ = false, srv_found_ = false, srv_event_written_ = false;
    std::deque<Server> servers_;  ///< found, not tried
    std::optional<Server> current_;
    std::optional<WebVisit> web_;
    std::deque<SkipStep> skips_;
    std::optional<Failure> last_failure_;
    std::size_t questions_ = 0, unanswered_ = 0;
};

}  // namespace ocs::discovery
