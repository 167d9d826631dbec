#pragma once
// Answers SIP on one connection as the lab's front end, and tells record and journal of each message.

#include <memory>

#include "config/sip_settings.hpp"
#include "journal/journal.hpp"
#include "record/armed_faults.hpp"
#include "server/talk.hpp"

namespace ocs::server {

/// A speaker that answers by `settings`: an immutable snapshot, kept until the connection ends. Each message
/// goes to the journal when it comes or leaves; the record keeps the first 64 and sets `signed_in`. `tls`: it
/// is spoken inside TLS. Record, journal and faults outlive it.
std::unique_ptr<Speaker> make_sip_speaker(std::shared_ptr<const config::SipSettings> settings,
                                          bool tls,
                                          record::ConnectionRecord& record,
                                          journal::Journal& journal,
                                          record::ArmedFaults& faults);

}  // namespace ocs::server
