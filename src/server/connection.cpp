#include "server/connection.hpp"

#include <fmt/format.h>

#include <atomic>

#include "server/run_id.hpp"
#include "tls/verdict.hpp"

namespace ocs::server {
namespace {

std::string next_id() {
    static std::atomic<std::uint64_t> counter{0};
    return fmt::format("{}-{}", run_id(), ++counter);
}

record::Endpoint endpoint_of(const tcp::endpoint& endpoint) {
    return {endpoint.address().to_string(), endpoint.port()};
}

}  // namespace

record::ConnectionRecord open_record(const tcp::endpoint& peer,
                                     const tcp::endpoint& local,
                                     const std::string& listener) {
    record::ConnectionRecord record;
    record.id = next_id();
    record.started = wall_now();
    record.listener = listener;
    record.client = endpoint_of(peer);
    record.local = endpoint_of(local);
    return record;
}

record::Judgement judged(const record::ConnectionRecord& record, WallTime now) {
    tls::VerdictContext context;
    context.certificate = record.certificate.get();
    if (record.lookups && !record.lookups->name.empty()) context.looked_up = record.lookups->confidence;
    std::optional<discovery::NameVerdict> name;
    if (record.certificate && record.wanted && !record.policies.empty()) {
        name =
            discovery::compare_names(record.policies.front(), record.certificate->names, record.wanted->text);
        context.name = &*name;
    }
    context.now = now;
    context.provisional = record.provisional;
    return tls::judge(record.facts, context);
}

Connection::Connection(tcp::socket accepted,
                       const tcp::endpoint& peer,
                       const std::string& listener_name,
                       std::shared_ptr<const Hosting> serving)
    : wire(std::move(accepted)), hosting(std::move(serving)), accepted_at(monotonic_now()) {
    record = open_record(peer, wire.local_endpoint(), listener_name);
    record.sni_required = hosting->policy.refuse_unknown_names;
}

}  // namespace ocs::server
