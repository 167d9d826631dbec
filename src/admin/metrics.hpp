#pragma once
// What Prometheus reads: counts of what was recorded since the start, with labels from closed lists only,
// never a name or an address.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "record/connection_record.hpp"
#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::admin {

struct LabStatus;

/// Faults of one kind; both words are of closed lists.
struct ArmedCount {
    std::string_view of;  ///< what they are faults of: "connections" (TLS and SIP) or "dns"
    std::string_view fault;
    std::size_t count = 0;
};

/// Counts as records are written, so that it does not matter what is kept of them. count() on the journal's
/// thread, text() on another one.
class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    void count(const record::ConnectionRecord& record);
    void count(const record::DnsEvent& event);
    void count(const record::SipEvent& event);

    /// The text exposition format 0.0.4, with what the lab says of itself now.
    [[nodiscard]] std::string text(const LabStatus& status, const std::vector<ArmedCount>& armed = {});

private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace ocs::admin
