#include "config/restart.hpp"

#include <string_view>
#include <tuple>

namespace ocs::config {
namespace {

template <class Part>
bool is_same(const Part& then, const Part& now) {
    return then == now;
}

// Not where they stand in the file.
bool is_same(const AdminSettings& then, const AdminSettings& now) {
    const auto parts = [](const AdminSettings& admin) {
        return std::tie(
            admin.enabled, admin.address, admin.port, admin.names, admin.tls, admin.certificate, admin.key);
    };
    return parts(then) == parts(now);
}
bool is_same(const CaPageSettings& then, const CaPageSettings& now) {
    return std::tie(then.enabled, then.address, then.port) == std::tie(now.enabled, now.address, now.port);
}

void keep_origins(const Origins& then, Origins& now, std::string_view key) {
    std::erase_if(now, [&](const auto& entry) { return entry.first.starts_with(key); });
    for (const auto& entry : then) {
        if (entry.first.starts_with(key)) now.insert(entry);
    }
}

}  // namespace

std::vector<std::string> keep_until_restart(const Settings& then, Settings& now) {
    std::vector<std::string> lines;
    const auto keep = [&](const auto& before, auto& after, std::string_view key) {
        const bool is_other = !is_same(before, after);
        after = before;
        keep_origins(then.origins, now.origins, key);
        return is_other;
    };
    const auto tell = [&](bool is_other, const char* line) {
        if (is_other) lines.emplace_back(line);
    };
    tell(keep(then.logs, now.logs, "logs."), "other logs need a restart");
    tell(keep(then.admin, now.admin, "admin."), "another admin section needs a restart");
    const bool other_history = keep(then.history, now.history, "history.");
    const bool other_timeline = keep(then.timeline, now.timeline, "timeline.");
    tell(other_history || other_timeline, "another history or timeline section needs a restart");
    tell(keep(then.dns.forwarders, now.dns.forwarders, "dns.forwarders"),
         "other forwarders of DNS questions need a restart");
    tell(keep(then.ca_page, now.ca_page, "ca_page."), "another ca_page section needs a restart");
    tell(keep(then.workers, now.workers, "workers"), "another number of workers needs a restart");
    tell(keep(then.user, now.user, "user"), "another user needs a restart");
    tell(keep(then.state_dir, now.state_dir, "state_dir"), "another state folder needs a restart");
    // The DNS service tells by itself that it stays where it is.
    if (then.dns.enabled && now.dns.enabled) {
        keep(then.dns.address, now.dns.address, "dns.address");
        keep(then.dns.port, now.dns.port, "dns.port");
    }
    return lines;
}

}  // namespace ocs::config
