#pragma once
// What the journal's writer tells, handed to those it is for.

#include <string>
#include <utility>

#include "admin/feed.hpp"
#include "admin/metrics.hpp"
#include "journal/observer.hpp"

namespace ocs::admin {

/// Outlives the journal; both outlive this.
class JournalObserver final : public journal::Observer {
public:
    JournalObserver(Feed& feed, Metrics& metrics) : feed_(feed), metrics_(metrics) {}

    [[nodiscard]] bool is_watched() const override { return feed_.is_watched(); }
    void stored() override { feed_.stored(); }
    void passes(std::string line) override { feed_.passes(std::move(line)); }
    void recorded(const record::ConnectionRecord& record) override { metrics_.count(record); }
    void recorded(const record::DnsEvent& event) override { metrics_.count(event); }
    void recorded(const record::SipEvent& event) override { metrics_.count(event); }

private:
    Feed& feed_;
    Metrics& metrics_;
};

}  // namespace ocs::admin
