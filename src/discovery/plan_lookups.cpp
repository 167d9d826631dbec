// What the plan makes of answers from DNS.

#include <algorithm>
#include <cassert>

#include "core/escape.hpp"
#include "discovery/plan_walk.hpp"

namespace ocs::discovery {
namespace {

constexpr std::string_view one_record =
    "more than one SRV record: automatic sign-in is documented for one server a name [11, 23, 24]; carried "
    "out by priority, then weight";

/// Whether an answer says nothing about the zone: the resolver or the way to it is at fault.
bool is_unanswered(DnsStatus status) {
    return status == DnsStatus::timed_out || status == DnsStatus::server_failure ||
           status == DnsStatus::malformed;
}

std::string alias_chain(const DnsAnswer& answer) {
    std::string text;
    for (const std::string& alias : answer.aliases) text += visible(alias) + " → ";
    return text;
}

std::string status_words(DnsStatus status) {
    switch (status) {
        case DnsStatus::answered:
            return "no usable record";
        case DnsStatus::no_such_name:
            return "no such name";
        case DnsStatus::no_data:
            return "the name has no record of this type";
        case DnsStatus::server_failure:
            return "the resolver failed";
        case DnsStatus::timed_out:
            return "no answer in time";
        case DnsStatus::alias_loop:
            return "aliases without end";
        case DnsStatus::malformed:
            return "the answer cannot be read";
    }
    return "";
}

}  // namespace

std::string describe(const DnsAnswer& answer) {
    std::string text = alias_chain(answer);
    if (answer.status != DnsStatus::answered || (answer.addresses.empty() && answer.srv.empty())) {
        return text + status_words(answer.status);
    }
    std::string records;
    std::size_t shown = 0;
    const auto add = [&](const std::string& record) {
        if (shown++ < 4) records += (records.empty() ? "" : ", ") + record;
    };
    for (const IpAddress& address : answer.addresses) add(address.text());
    for (const SrvRecord& record : answer.srv)
        add(visible(record.target) + ":" + std::to_string(record.port));
    if (shown > 4) records += " and " + std::to_string(shown - 4) + " more";
    return text + records;
}

UsableRecords usable_records(const DnsAnswer& answer) {
    UsableRecords usable;
    std::size_t odd = 0;
    const auto leave_out = [&](const std::string& why) {
        if (odd++ < 4) usable.warnings.push_back(why);
    };
    for (const SrvRecord& record : answer.srv) {
        if (record.target.empty() || record.target == ".") {
            leave_out("SRV target '.': the service is decidedly not there (RFC 2782)");
        } else if (HostName::parse(record.target).has_error()) {
            leave_out("SRV target " + quoted(record.target) + " is no host name: left out");
        } else if (record.port == 0) {
            leave_out("SRV port 0 of " + quoted(record.target) + " cannot be connected to: left out");
        } else {
            usable.records.push_back(record);
        }
    }
    if (odd > 4) usable.warnings.push_back(std::to_string(odd - 4) + " more records left out");
    // RFC 2782 draws lots by weight; the heaviest first makes a run repeatable.
    std::stable_sort(
        usable.records.begin(), usable.records.end(), [](const SrvRecord& a, const SrvRecord& b) {
            return a.priority != b.priority ? a.priority < b.priority : a.weight > b.weight;
        });
    if (usable.records.size() > 1) usable.warnings.emplace_back(one_record);
    if (usable.records.size() > max_srv_records) {
        usable.warnings.push_back(std::to_string(usable.records.size()) + " SRV records: the first " +
                                  std::to_string(max_srv_records) + " are used");
        usable.records.resize(max_srv_records);
    }
    return usable;
}

Step Plan::Walk::step_of_lookup() {
    const Lookup& lookup = profile_.lookups[next_lookup_];
    if (lookup.kind == LookupKind::host && srv_asked_ && !srv_found_ && !srv_event_written_) {
        srv_event_written_ = true;
        write_events(profile_.events.no_srv_records, user_.domain().text(), "");
    }
    const std::string name = lookup_name(lookup, user_.domain());
    if (lookup.kind == LookupKind::dhcp120) {
        ++next_lookup_;
        const std::string transport(to_string(lookup.transport));
        return step(SkipStep{"DHCP option 120, " + transport, "not carried out"});
    }
    if (HostName::parse(name).has_error()) {
        ++next_lookup_;
        return step(SkipStep{name, "longer than a name in DNS can be: not asked"});
    }
    if (lookup.kind == LookupKind::srv) {
        QueryStep query;
        asked_lookups_.clear();
        do {
            query.questions.push_back(
                {lookup_name(profile_.lookups[next_lookup_], user_.domain()), RecordType::srv});
            asked_lookups_.push_back(next_lookup_++);
        } while (profile_.asking.value == Asking::srv_at_once && next_lookup_ < profile_.lookups.size() &&
                 profile_.lookups[next_lookup_].kind == LookupKind::srv);
        srv_asked_ = true;
        return step(std::move(query));
    }
    ++next_lookup_;
    if (lookup.kind == LookupKind::web) {
        WebVisit visit;
        visit.host = name;
        const std::string path = "/?sipuri=" + user_.address();
        visit.urls = {{false, 80, path}, {true, 443, path}};
        web_ = std::move(visit);
    } else {
        Server server;
        server.origin = Origin::host;
        server.name = name;
        server.transport = lookup.transport;
        server.ports = lookup.ports.value;
        current_ = std::move(server);
    }
    return step(QueryStep{{{name, RecordType::addresses}}});
}

void Plan::Walk::take_query([[maybe_unused]] const QueryStep& asked, const QueryResult& result) {
    assert(asked.questions.size() == result.answers.size());
    for (const DnsAnswer& answer : result.answers) count_unanswered(answer);
    if (current_) {
        take_server_addresses(result.answers.front());
    } else if (web_) {
        take_web_addresses(result.answers.front());
    } else {
        take_srv_answers(result);
    }
}

void Plan::Walk::count_unanswered(const DnsAnswer& answer) {
    if (!counts()) return;
    ++questions_;
    if (is_unanswered(answer.status)) ++unanswered_;
}

void Plan::Walk::take_srv_answers(const QueryResult& result) {
    for (std::size_t i = 0; i < result.answers.size(); ++i) {
        const Lookup& lookup = profile_.lookups[asked_lookups_[i]];
        if (result.answers.size() > 1) {
            finding_.text += (finding_.text.empty() ? "" : "; ") + lookup.label + ": ";
        }
        finding_.text += describe(result.answers[i]);
        take_srv_answer(lookup, result.answers[i]);
    }
}

void Plan::Walk::take_srv_answer(const Lookup& lookup, const DnsAnswer& answer) {
    if (answer.status != DnsStatus::answered) return;
    UsableRecords usable = usable_records(answer);
    for (std::string& warning : usable.warnings) warn(warning);
    if (usable.records.empty()) return;
    const bool allowed = !lookup.only_if_tcp_allowed || options_.allow_tcp;
    if (!allowed) {
        warn(lookup.label + " has a record, but this client uses plain TCP only where a policy allows it");
    } else {
        srv_found_ = true;
        finding_.good = true;
    }
    for (const SrvRecord& record : usable.records) {
        Server server;
        server.origin = Origin::srv;
        server.name = HostName::parse(record.target).value().text();
        server.transport = lookup.transport;
        server.ports = {record.port};
        server.beyond_only = !allowed;
        queue_server(std::move(server), "SRV target");
    }
}

void Plan::Walk::queue_server(Server server, const std::string& found_by) {
    const DomainDecision decision = decide_domain(server.name, server.transport);
    server.ask = decision.verdict == DomainVerdict::ask;
    if (decision.verdict == DomainVerdict::refused && !server.beyond_only) {
        const std::string text =
            "domain rule " +
            std::string(to_string(options_.domain_rule.value_or(profile_.domain_rule.value))) + ": " +
            found_by + " " + decision.reason;
        finding_.good = false;
        finding_.text += "; refused by the " + text;
        server.beyond_only = true;
        // With several records the first one decides: it is the one this client would have used.
        const bool first = std::all_of(
            servers_.begin(), servers_.end(), [](const Server& other) { return other.beyond_only; });
        if (first) {
            note_failure(Ending::domain_refused, server.name, text);
            if (profile_.stop.value != StopRule::continue_on_error && counts()) {
                end(Ending::domain_refused, server.name, text);
            }
        }
    }
    if (server.beyond_only && !options_.what_if) return;
    servers_.push_back(std::move(server));
}

std::vector<IpAddress> Plan::Walk::addresses_of(const DnsAnswer& answer, bool srv_target) {
    finding_.text = describe(answer);
    if (srv_target && !answer.aliases.empty()) {
        warn("the SRV target is an alias of " + quoted(answer.aliases.back()) +
             ": against RFC 2782 and the vendor's advice [1, 6]; carried out, the target stays the name "
             "wanted");
    }
    if (answer.status != DnsStatus::answered || answer.addresses.empty()) return {};
    finding_.good = true;
    std::vector<IpAddress> addresses = answer.addresses;
    if (addresses.size() > max_addresses) {
        warn(std::to_string(addresses.size()) + " addresses: the first " + std::to_string(max_addresses) +
             " are used");
        addresses.resize(max_addresses, addresses.front());
    }
    return addresses;
}

void Plan::Walk::take_server_addresses(const DnsAnswer& answer) {
    std::vector<IpAddress> addresses = addresses_of(answer, current_->origin == Origin::srv);
    if (addresses.empty()) {
        server_unresolved(finding_.text);
        return;
    }
    if (addresses.size() > 1 && !profile_.tries_all_addresses.value) {
        warn(std::to_string(addresses.size()) + " addresses: this client tries the first only");
        addresses.resize(1, addresses.front());
    }
    current_->addresses = std::move(addresses);
    current_->stage = current_->ask && counts() ? Stage::ask_trust : Stage::connect;
}

void Plan::Walk::take_web_addresses(const DnsAnswer& answer) {
    std::vector<IpAddress> addresses = addresses_of(answer, false);
    if (addresses.empty()) {
        web_.reset();
        return;
    }
    web_->addresses = std::move(addresses);
}

}  // namespace ocs::discovery
