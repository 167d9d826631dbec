#pragma once
// What a client says: the entries of its event log and the texts on its screen (facts sheet §5), with the
// placeholders filled in.

#include <string>
#include <string_view>
#include <vector>

#include "discovery/client_profile.hpp"

namespace ocs::discovery {

/// An event log entry as the client writes it. `text` is escaped; empty: the wording was not found.
struct EventEntry {
    int id = 0;
    std::string text;
    std::string source;
    Confidence confidence = Confidence::one_source;
    std::string note;
    bool operator==(const EventEntry&) const = default;
};

/// Fills `%1` and `%2` (escaped) into each template.
std::vector<EventEntry> event_entries(const std::vector<EventTemplate>& templates,
                                      std::string_view first,
                                      std::string_view second);

/// What the user reads, its placeholders left in.
Datum<std::string> screen_template(const ClientProfile& profile, Ending ending);
/// What the user reads; `unknown` and empty where no source has a text.
Datum<std::string> screen_text(const ClientProfile& profile,
                               Ending ending,
                               std::string_view sip_domain,
                               std::string_view server);

/// `text` with `%1` and `%2` replaced by the escaped arguments.
std::string fill_in(std::string_view text, std::string_view first, std::string_view second);

/// What a client does at a name it connected to, in one clause, for a journal that knows the looked-up
/// name and whether the certificate covers it.
struct ClientWords {
    bool accepts = false;
    bool stops = false;              ///< the client tries nothing after this
    std::vector<EventEntry> events;  ///< it writes now
    Datum<std::string> screen;       ///< what the user reads, if it stops
    std::string sentence;            ///< "Communicator 2007 stops here, event 4"
};
ClientWords words_at(const ClientProfile& profile, std::string_view looked_up, bool covered);

}  // namespace ocs::discovery
