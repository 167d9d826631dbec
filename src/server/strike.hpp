#pragma once
// An armed fault meets a connection: whether it does, and how the session's sending changes by it.

#include <optional>
#include <string_view>

#include "journal/journal.hpp"
#include "record/armed_faults.hpp"
#include "record/connection_record.hpp"
#include "tls/host_choice.hpp"

namespace ocs::server {

/// Asks whether a fault strikes this connection at this moment, and notes it in the record. One that was
/// struck before is not struck again. The record's listener, host and wanted name are looked at as they are
/// by now.
std::optional<record::Fault> strike(record::ArmedFaults& armed,
                                    journal::Journal& journal,
                                    record::ConnectionRecord& record,
                                    record::FaultOccasion occasion);

/// How much is sent at once, and how long not, where a fault makes it slow; else all of it, and no pause.
struct Pace {
    std::size_t portion = std::string_view::npos;
    Micros pause{};
};
Pace pace_of(int bytes_per_second);

/// One connection, the fault that struck it, if one did, and what its session then has to do otherwise.
/// Faults of SIP are none of it. All outlive it.
class Struck {
public:
    Struck(record::ArmedFaults& armed, journal::Journal& journal, record::ConnectionRecord& record)
        : armed_(armed), journal_(journal), record_(record) {}

    void ask_at_accept();
    const std::optional<record::Fault>& ask_at_hello(const tls::ChosenHost& chosen);

    /// True where the fault ends the connection here; notes that it did.
    bool ends(record::FaultPoint point);
    [[nodiscard]] bool has_reset() const;  ///< ended it, and by a reset
    [[nodiscard]] Micros wait() const;     ///< before the ClientHello is answered
    [[nodiscard]] Pace pace() const;

private:
    record::ArmedFaults& armed_;
    journal::Journal& journal_;
    record::ConnectionRecord& record_;
    std::optional<record::Fault> fault_;
};

}  // namespace ocs::server
