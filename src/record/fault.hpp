#pragma once
// A fault on demand: what the lab is told to do wrong, to which connections, how often. Those of the lab DNS
// are in dns/fault.hpp.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"

namespace ocs::record {

enum class FaultKind {
    wait,          ///< "wait": the answer to the ClientHello comes late
    close,         ///< "close": our end, gently, at `at`
    reset,         ///< "reset": the same with a TCP reset
    alert,         ///< "alert": a fatal alert in place of the certificate
    certificate,   ///< "certificate": another host's
    expired,       ///< "expired": its own certificate, but for its dates
    slow,          ///< "slow": all that is sent, a few bytes at a time
    registration,  ///< "register": what a REGISTER is answered
};
inline constexpr std::size_t fault_kind_count = 8;
std::string_view to_string(FaultKind kind);

/// Where FaultKind::close and FaultKind::reset end the connection.
enum class FaultPoint {
    accept,       ///< before a byte was read
    hello,        ///< once the ClientHello is whole, nothing sent
    certificate,  ///< once our certificate left; in TLS 1.3 our Finished left with it
    finished,     ///< once the client's Finished was verified
};
std::string_view to_string(FaultPoint point);  ///< "accept", "hello", "certificate", "finished"

/// When it is decided whether a fault strikes: as late as what it goes by is known, and no later than it
/// acts.
enum class FaultMoment { accept, hello, registration };

struct Fault {
    std::uint64_t id = 0;  ///< given by ArmedFaults
    FaultKind kind = FaultKind::close;
    FaultPoint at = FaultPoint::hello;   ///< of close and reset
    std::uint8_t alert = 0;              ///< of alert
    std::chrono::milliseconds delay{0};  ///< of wait
    std::string shown;                   ///< of certificate: id of the host whose it is
    int bytes_per_second = 0;            ///< of slow
    int status = 0;                      ///< of register: 301, 403, 404, 503; 0: never answered
    std::string home;                    ///< of 301: a name or an address
    std::uint16_t home_port = 0;         ///< 0: the port the client used

    // Whom it strikes; empty: whoever comes.
    std::string host;  ///< id of the virtual host that answers
    std::string name;  ///< the wanted name: lower case, A-labels
    std::string listener;

    std::optional<std::uint64_t> remaining;       ///< for that many more connections; empty: until lifted
    std::optional<std::chrono::seconds> lasting;  ///< for that long from when it is armed

    bool from_file = false;              ///< else armed by hand, while the lab runs
    std::string place;                   ///< in the file: "lab.yaml:12:5"
    std::uint64_t struck = 0;            ///< connections so far
    std::optional<MonotonicTime> until;  ///< of `lasting`, once it is armed
};

FaultMoment moment_of(const Fault& fault);
/// True for a close or reset at this point.
bool ends_at(const Fault& fault, FaultPoint point);
/// "close after the ClientHello", "alert 40 handshake_failure in place of the certificate"
std::string summary(const Fault& fault);
/// "every connection", "host front01, name sip.contoso.test"
std::string scope(const Fault& fault);
/// Of one that is armed for a time; 0: over.
std::chrono::seconds seconds_left(const Fault& fault, MonotonicTime now);
/// "host front01: close after the ClientHello, next 2", as the lab DNS says it of its own faults.
std::string one_line(const Fault& fault, MonotonicTime now);

/// The fault that struck a connection, as its record has it.
struct FaultFact {
    std::uint64_t id = 0;
    std::string what;                              ///< summary()
    bool ended_it = false;                         ///< it is why the connection ended
    std::optional<FaultKind> kind = std::nullopt;  ///< empty: of a record from before it was kept
};

}  // namespace ocs::record
