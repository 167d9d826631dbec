#include "journal/attempts.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "journal/lookups.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t attempts_per_client = 8;
constexpr std::size_t open_connections =
    10'000;  // final records never come for more than that: a bug of ours

}  // namespace

void Attempts::join(record::DnsEvent& event) {
    const std::string address = plain_address(event.client.address);
    AttemptPtr attempt = find(address, "", event.at);
    const std::string name = ascii_lower(event.name);
    const bool after_connection = attempt->connected && event.at >= *attempt->connected && attempt->open == 0;
    if (after_connection && (!attempt->asked || *attempt->asked == name)) attempt = begin(address, event.at);
    // A question whose answer was delayed is recorded after those that were asked later.
    if (!attempt->asked || event.at < attempt->asked_at) {
        attempt->asked = name;
        attempt->asked_at = event.at;
    }
    stretch(*attempt, event.at, event.at);
    event.attempt = attempt->id;
}

void Attempts::join(record::SipEvent& event) {
    const bool request = event.message.direction == record::Direction::from_client;
    const std::string user = request ? ascii_lower(event.message.user) : "";
    const AttemptPtr attempt = of_connection(event.connection, plain_address(event.client), user, event.at);
    if (attempt->user.empty()) attempt->user = user;
    stretch(*attempt, event.at, event.at);
    event.attempt = attempt->id;
}

void Attempts::join(record::ConnectionRecord& record) {
    const std::string user = ascii_lower(record::sip_user(record.facts));
    const AttemptPtr attempt =
        of_connection(record.id, plain_address(record.client.address), user, record.started);
    if (attempt->user.empty()) attempt->user = user;
    stretch(*attempt, record.started, record.started + record.duration);
    record.attempt = attempt->id;
    if (record.provisional) return;
    attempt->connected = std::min(attempt->connected.value_or(record.started), record.started);
    if (open_.erase(record.id) > 0) --attempt->open;
}

std::string Attempts::under_way(const std::string& address, WallTime at) const {
    const auto known = clients_.find(plain_address(address));
    if (known == clients_.end()) return "";
    AttemptPtr best;
    for (const AttemptPtr& attempt : known->second.attempts) {
        if (in_reach(*attempt, at) && (!best || begins_nearer(*attempt, *best, at))) best = attempt;
    }
    return best ? best->id : "";
}

Attempts::Client& Attempts::client(const std::string& address, WallTime now) {
    if (clients_.size() >= options_.clients && clients_.find(address) == clients_.end())
        clients_.erase(std::min_element(clients_.begin(), clients_.end(), [](const auto& a, const auto& b) {
            return a.second.last_active < b.second.last_active;
        }));
    Client& entry = clients_[address];
    entry.last_active = std::max(entry.last_active, now);
    return entry;
}

/// Of the attempts that had begun at that time the latest, else the one that began soonest after.
bool Attempts::begins_nearer(const Attempt& one, const Attempt& other, WallTime at) {
    if ((one.first <= at) != (other.first <= at)) return one.first <= at;
    return one.first <= at ? one.first >= other.first : one.first < other.first;
}

/// A record may come before the attempt's first one: connections are recorded at their end.
bool Attempts::in_reach(const Attempt& attempt, WallTime at) const {
    return at + options_.window >= attempt.first && at <= attempt.last + options_.window &&
           at <= attempt.first + options_.longest;
}

Attempts::AttemptPtr Attempts::find(const std::string& address, const std::string& user, WallTime at) {
    Client& entry = client(address, at);
    AttemptPtr best;
    for (const AttemptPtr& attempt : entry.attempts) {
        if (!in_reach(*attempt, at)) continue;
        if (!user.empty() && !attempt->user.empty() && attempt->user != user) continue;
        if (!best || begins_nearer(*attempt, *best, at)) best = attempt;
    }
    // Who joined a forwarder's attempt may join its next one; who has attempts of its own does not.
    if (best && best->client.empty()) return best;
    AttemptPtr forwarded = of_forwarder(address, user, at);
    if (!forwarded || forwarded == best || (best && !begins_nearer(*forwarded, *best, at)))
        return best ? best : begin(address, at);
    forwarded->client = address;
    keep(entry, forwarded);
    return forwarded;
}

Attempts::AttemptPtr Attempts::begin(const std::string& address, WallTime at) {
    auto attempt = std::make_shared<Attempt>();
    attempt->id = options_.prefix + "a" + std::to_string(next_++);
    attempt->first = attempt->last = at;
    keep(client(address, at), attempt);
    return attempt;
}

void Attempts::keep(Client& entry, const AttemptPtr& attempt) {
    if (std::find(entry.attempts.begin(), entry.attempts.end(), attempt) != entry.attempts.end()) return;
    entry.attempts.push_back(attempt);
    if (entry.attempts.size() > attempts_per_client) entry.attempts.erase(entry.attempts.begin());
}

/// The attempt of a forwarder's fresh look-ups, if no other client has joined it.
Attempts::AttemptPtr Attempts::of_forwarder(const std::string& address,
                                            const std::string& user,
                                            WallTime at) {
    for (const std::string& forwarder : options_.forwarders) {
        const auto entry = clients_.find(forwarder);
        if (forwarder == address || entry == clients_.end() || entry->second.attempts.empty()) continue;
        const AttemptPtr& latest = entry->second.attempts.back();
        if (!in_reach(*latest, at) || !(latest->client.empty() || latest->client == address)) continue;
        if (!user.empty() && !latest->user.empty() && latest->user != user) continue;
        return latest;
    }
    return nullptr;
}

Attempts::AttemptPtr Attempts::of_connection(const std::string& connection,
                                             const std::string& address,
                                             const std::string& user,
                                             WallTime at) {
    if (const auto known = open_.find(connection); known != open_.end()) return known->second;
    AttemptPtr attempt = find(address, user, at);
    if (open_.size() >= open_connections) return attempt;
    open_[connection] = attempt;
    ++attempt->open;
    return attempt;
}

void Attempts::stretch(Attempt& attempt, WallTime from, WallTime to) {
    attempt.first = std::min(attempt.first, from);
    attempt.last = std::max(attempt.last, to);
}

}  // namespace ocs::journal
