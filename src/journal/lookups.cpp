#include "journal/lookups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/escape.hpp"

namespace ocs::journal {

using record::Confidence;
using record::NameEvidence;

namespace {

// A connection is judged at its end, minutes after its look-ups.
constexpr Micros kept_beyond_window{600'000'000};
constexpr std::size_t connections_kept = 64;
constexpr std::string_view point_at_lab =
    "flush the client's cache (ipconfig /flushdns) and point it at the lab DNS directly";

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// What stands behind the name asked for: the last alias of the answer.
std::string alias_in(const std::vector<std::string>& answers) {
    for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer)
        if (answer->starts_with("CNAME ")) return answer->substr(6);
    return "";
}

std::string seconds_of(Micros window) { return fmt::format("{} s", window.count() / 1'000'000); }

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + visible(words[i]);
    return text;
}

}  // namespace

/// A name whose look-ups led to the address that was connected to.
struct Lookups::Candidate {
    std::string name;
    WallTime last{};
    std::string asked;  // the last question about it, for people
    std::vector<std::string> ids;
    std::string srv;            // the SRV question that named it as target, for people
    bool asked_itself = false;  // by A or AAAA
    bool port_fits = false;     // an SRV record names it with the port connected to
    bool other_port = false;    // an SRV record names it, but none with that port
};

std::string plain_address(const std::string& address) {
    constexpr std::string_view mapped = "::ffff:";
    const bool v4 = address.starts_with(mapped) && address.find('.') != std::string::npos;
    return v4 ? address.substr(mapped.size()) : address;
}

void Lookups::add(const record::DnsEvent& event) {
    const std::lock_guard lock(mutex_);
    Client& asker = client(plain_address(event.client.address), event.at);
    asker.last_asked = std::max(asker.last_asked, event.at);
    if (event.addresses.empty() && event.targets.empty()) return;
    asker.lookups.push_back({event.id,
                             event.type,
                             ascii_lower(event.name),
                             alias_in(event.answers),
                             event.at,
                             event.addresses,
                             event.targets});
    if (asker.lookups.size() > options_.per_client) asker.lookups.pop_front();
}

void Lookups::connected(const std::string& address, WallTime accepted) {
    const std::lock_guard lock(mutex_);
    Client& caller = client(plain_address(address), accepted);
    caller.connections.push_back(accepted);
    if (caller.connections.size() > connections_kept) caller.connections.pop_front();
}

Lookups::Client& Lookups::client(const std::string& address, WallTime now) {
    const auto known = clients_.find(address);
    if (known == clients_.end() && clients_.size() >= options_.clients) {
        std::erase_if(clients_, [&](const auto& entry) {
            return entry.second.last_active + options_.window + kept_beyond_window < now;
        });
        if (clients_.size() >= options_.clients)
            clients_.erase(
                std::min_element(clients_.begin(), clients_.end(), [](const auto& a, const auto& b) {
                    return a.second.last_active < b.second.last_active;
                }));
    }
    Client& entry = clients_[address];
    entry.last_active = std::max(entry.last_active, now);
    while (!entry.lookups.empty() &&
           entry.lookups.front().at + options_.window + kept_beyond_window < entry.last_active)
        entry.lookups.pop_front();
    return entry;
}

bool Lookups::is_forwarder(const std::string& address) const {
    return contains(options_.forwarders, address);
}

std::vector<Lookups::Candidate> Lookups::candidates(const std::string& asker,
                                                    const record::Endpoint& local,
                                                    WallTime accepted) const {
    std::vector<Candidate> found;
    const auto entry = clients_.find(asker);
    if (entry == clients_.end()) return found;
    const std::string here = plain_address(local.address);
    const auto candidate = [&](const std::string& name) -> Candidate& {
        for (Candidate& known : found)
            if (known.name == name) return known;
        found.emplace_back().name = name;
        return found.back();
    };
    for (const Lookup& lookup : entry->second.lookups) {
        if (lookup.at > accepted || lookup.at + options_.window < accepted) continue;
        for (const auto& target : lookup.targets) {
            Candidate& named = candidate(target.name);
            const bool fits = target.port == local.port;
            named.port_fits = named.port_fits || fits;
            named.other_port = !named.port_fits;
            named.ids.push_back(lookup.id);
            if (named.srv.empty() || fits)
                named.srv = fmt::format("SRV {}, port {}", visible(lookup.name), target.port);
            const bool only = lookup.targets.size() == 1;
            if (fits &&
                contains(only && target.addresses.empty() ? lookup.addresses : target.addresses, here)) {
                named.last = lookup.at;
                named.asked = "SRV " + visible(lookup.name);
            }
        }
        if (!contains(lookup.addresses, here) || !lookup.targets.empty()) continue;
        Candidate& asked = candidate(lookup.name);
        asked.asked_itself = true;
        asked.last = lookup.at;
        asked.ids.push_back(lookup.id);
        asked.asked = lookup.type + " " + visible(lookup.name);
        if (!lookup.alias.empty()) asked.asked += " (CNAME " + visible(lookup.alias) + ")";
    }
    // A target that no answer led here by is no candidate.
    std::erase_if(found, [](const Candidate& one) { return one.asked.empty(); });
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
        return a.other_port != b.other_port ? a.other_port : a.last < b.last;
    });
    return found;
}

std::vector<std::string> Lookups::active_beside(const std::string& address, WallTime accepted) const {
    std::vector<std::string> others;
    const auto near = [&](WallTime at) {
        return at + options_.window >= accepted && at <= accepted + options_.window;
    };
    for (const auto& [other, entry] : clients_) {
        if (other == address || near(entry.last_asked)) continue;  // who asks directly needs no forwarder
        if (std::any_of(entry.connections.begin(), entry.connections.end(), near)) others.push_back(other);
    }
    return others;
}

NameEvidence Lookups::choose(std::vector<Candidate> found,
                             const std::string& asker,
                             const std::string& address,
                             WallTime accepted) const {
    const Candidate& wanted = found.back();
    NameEvidence evidence;
    evidence.name = wanted.name;
    evidence.confidence = Confidence::likely;
    evidence.asked = wanted.asked;
    evidence.lookups = wanted.ids;
    const std::string who = asker == address ? "the client" : "the forwarder " + visible(asker);
    evidence.reasons.push_back(
        fmt::format("{} asked for {} {} before the connection, and the answer led here",
                    who,
                    wanted.asked,
                    milliseconds(accepted - wanted.last)));
    if (wanted.port_fits) evidence.reasons.push_back("it is the target of " + wanted.srv);
    if (wanted.other_port) {
        evidence.confidence = Confidence::possible;
        evidence.reasons.push_back("it is the target of " + wanted.srv +
                                   ", but the connection came to another port");
    }
    WallTime since{};  // the client's connection before this one used up what it had asked before it
    if (const auto entry = clients_.find(address); entry != clients_.end())
        for (const WallTime at : entry->second.connections)
            if (at < accepted) since = std::max(since, at);
    for (auto other = found.rbegin() + 1; other != found.rend(); ++other) {
        if (other->other_port && !wanted.other_port) continue;
        evidence.reasons.push_back(fmt::format("{} leads here too, but was asked for {} earlier",
                                               visible(other->name),
                                               milliseconds(wanted.last - other->last)));
        if (other->last > since) evidence.confidence = Confidence::possible;
    }
    if (asker != address || is_forwarder(address)) {
        evidence.confidence = Confidence::possible;
        evidence.reasons.push_back(fmt::format("{} asks for others; only this client was active within {}",
                                               visible(asker),
                                               seconds_of(options_.window)));
    }
    return evidence;
}

NameEvidence Lookups::unknown(const std::string& address,
                              const record::Endpoint& local,
                              WallTime accepted) const {
    NameEvidence evidence;
    const std::string before = seconds_of(options_.window) + " before it connected";
    const auto before_accept = [&](WallTime at) {
        return at <= accepted && at + options_.window >= accepted;
    };
    const auto asked_lately = [&](const Client& entry) {
        return before_accept(entry.last_asked) ||
               std::any_of(entry.lookups.begin(), entry.lookups.end(), [&](const Lookup& lookup) {
                   return before_accept(lookup.at);
               });
    };
    if (const auto own = clients_.find(address); own != clients_.end() && asked_lately(own->second)) {
        evidence.reasons.push_back(
            fmt::format("none of the client's look-ups in the {} led to {}", before, visible(local.address)));
        evidence.advice =
            "it has the address from elsewhere: its settings, a hosts file or a cache "
            "(ipconfig /flushdns)";
        return evidence;
    }
    evidence.reasons.push_back(fmt::format("no look-up by {} in the {}", visible(address), before));
    evidence.advice = point_at_lab;
    for (const auto& [other, entry] : clients_) {
        if (other == address || is_forwarder(other) || !entry.connections.empty()) continue;
        if (candidates(other, local, accepted).empty()) continue;
        evidence.reasons.push_back(visible(other) +
                                   " asked for names that lead here and is not listed as a "
                                   "forwarder");
        evidence.advice += fmt::format("; or list {} as a forwarder, if it is one", visible(other));
        break;
    }
    return evidence;
}

NameEvidence Lookups::wanted_for(const std::string& client_address,
                                 const record::Endpoint& local,
                                 WallTime accepted,
                                 std::string_view given) const {
    const std::lock_guard lock(mutex_);
    const std::string address = plain_address(client_address);
    std::string asker = address;
    std::vector<Candidate> found = candidates(address, local, accepted);
    for (const std::string& forwarder : options_.forwarders) {
        if (!found.empty()) break;
        asker = forwarder;
        found = candidates(forwarder, local, accepted);
    }
    if (!given.empty()) {
        std::erase_if(found, [&](const Candidate& one) { return one.name != given; });
        return found.empty() ? NameEvidence{} : choose(std::move(found), asker, address, accepted);
    }
    if (found.empty()) return unknown(address, local, accepted);
    if (!is_forwarder(asker)) return choose(std::move(found), asker, address, accepted);
    std::vector<std::string> active = active_beside(address, accepted);
    if (active.empty()) return choose(std::move(found), asker, address, accepted);
    active.insert(active.begin(), address);
    NameEvidence evidence;
    evidence.reasons.push_back(
        fmt::format("the look-ups of {} all come from the forwarder {}, and all connected "
                    "within {}: which look-up is whose cannot be told",
                    listed(active),
                    visible(asker),
                    seconds_of(options_.window)));
    evidence.advice = std::string(point_at_lab) + "; or let one client sign in at a time";
    return evidence;
}

void complete_wanted(record::ConnectionRecord& record, const Lookups& lookups) {
    using record::NameSource;
    const std::string given = record.wanted ? ascii_lower(record.wanted->text) : "";
    NameEvidence evidence = lookups.wanted_for(record.client.address, record.local, record.started, given);
    const bool known = !evidence.name.empty();
    if (!given.empty()) {
        if (known) record.wanted->source = NameSource::both;
    } else if (known) {  // an empty SNI gives way
        record.wanted = record::WantedName{evidence.name, NameSource::dns};
    } else if (!record.wanted) {
        for (const auto& message : record.facts.sip) {
            if (message.direction != record::Direction::from_client || message.method != "REGISTER" ||
                message.domain.empty())
                continue;
            record.wanted = record::WantedName{ascii_lower(message.domain), NameSource::sip};
            break;
        }
    }
    if (known || (given.empty() && record.facts.hello)) record.lookups = std::move(evidence);
}

}  // namespace ocs::journal
