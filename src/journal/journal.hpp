#pragma once
// Where records go: explained once, then to every sink. One writer thread; nothing is lost silently.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "journal/attempts.hpp"
#include "journal/lookups.hpp"
#include "journal/observer.hpp"
#include "journal/store.hpp"
#include "record/connection_record.hpp"
#include "record/dns_event.hpp"
#include "record/sip_event.hpp"

namespace ocs::journal {

enum class Colour { never, always };
enum class Volume { quiet, normal, verbose };  ///< changes prose, never JSON

/// How commands are printed, so that they can be pasted (design decision 15).
struct CommandContext {
    std::string certgen = "fakeocs-certgen";  ///< as this program was started: same folder, same style
    std::string fakeocs = "fakeocs";          ///< as this program was started
    std::string state_dir;  ///< printed as --state-dir where not the default; empty: left out
    std::string ca_file;    ///< what a Windows client imports, "certs/ca/ca.cer"; empty: not mentioned
};

struct JournalOptions {
    Colour colour = Colour::never;
    Volume volume = Volume::normal;
    CommandContext commands;
    int text_descriptor = 1;          ///< for people; -1: no text log. Not owned
    std::filesystem::path text_file;  ///< in place of the descriptor, reopened by reopen(); or empty
    /// JSON Lines, appended, made 0600, reopened by reopen(); empty: none; "-": json_descriptor.
    std::filesystem::path json_file;
    int json_descriptor = 1;  ///< not owned; give text_descriptor another one then
    StoreOptions history;     ///< file empty: none is kept. One that cannot be opened stops nothing
    LookupOptions lookups;
    Observer* observer = nullptr;    ///< outlives the journal; null: nobody watches
    AttemptOptions attempts;         ///< empty prefix: one is made; forwarders: those of lookups
    std::size_t queue_limit = 4096;  ///< records; at it, write() says so and listeners stop accepting
};

/// A sink's state, for the ready lines and tests.
struct SinkStatus {
    std::string name;
    bool failing = false;
    std::uint64_t written = 0;
    std::uint64_t lost = 0;
};

class Journal {
public:
    static Result<std::unique_ptr<Journal>> start(JournalOptions options);
    /// Writes what is queued, then stops. A sink that takes nothing is given up after a second; lost lines
    /// are reported on standard error.
    virtual ~Journal() = default;

    /// Takes the record; never blocks. Safe from any thread. Final and provisional records alike.
    virtual void write(record::ConnectionRecord record) = 0;
    /// A connection was accepted; its record follows. Only those who watch are told.
    virtual void seen(const record::ConnectionRecord& record) = 0;
    /// A DNS question and its answer, once the answer has left (or was withheld). lookups() knows it at once.
    virtual void write(record::DnsEvent event) = 0;
    /// A SIP message, when it came or went; its connection's record follows at the connection's end.
    virtual void write(record::SipEvent event) = 0;
    /// Whether evidence that comes with a record goes anywhere: else nobody need make it. Safe from any
    /// thread.
    [[nodiscard]] virtual bool keeps_evidence() const = 0;
    /// A line for people that is no record: "reloaded config/fakeocs.yaml". Same queue, so the order holds.
    virtual void note(std::string line) = 0;
    /// True while the queue is at its limit: accept no more connections until `on_drained` has been called.
    [[nodiscard]] virtual bool congested() const = 0;
    /// Called from the writer thread when the queue has drained to half; post to your own thread.
    virtual void set_on_drained(std::function<void()> on_drained) = 0;
    /// Closes and opens the files again (SIGHUP, log rotation), in queue order.
    virtual void reopen() = 0;
    /// Waits, for a slow sink too, until everything queued before has been handed to the sinks.
    virtual void flush() = 0;
    /// Does not wait: `done` is called from the writer's thread, when what was queued before has been handed
    /// on and can be read in the history, or could not be written there. Safe from any thread.
    virtual void flush(std::function<void()> done) = 0;
    [[nodiscard]] virtual std::vector<SinkStatus> status() const = 0;
    /// Which names clients wanted, by the DNS events written so far. Tell it of each connection at accept.
    virtual Lookups& lookups() = 0;
};

}  // namespace ocs::journal
