#pragma once
// The lab's API: requests to replies, without a transport. The dashboard's port and the Unix socket serve the
// same. docs/openapi.json describes every route; a test holds it against routes().

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_request.hpp"
#include "admin/control_dns.hpp"
#include "admin/history_reader.hpp"
#include "admin/test_connection.hpp"
#include "config/settings.hpp"
#include "core/clock.hpp"
#include "journal/journal.hpp"
#include "record/armed_faults.hpp"
#include "record/connection_record.hpp"
#include "tls/virtual_hosts.hpp"

namespace ocs::admin {

struct LabStatus {
    std::string version;
    WallTime started;
    std::vector<record::Endpoint> listeners;
    std::optional<record::Endpoint> dns;
    std::size_t connections = 0;  ///< open now
    std::vector<journal::SinkStatus> sinks;
    std::string reload_problem;     ///< why the last reload was refused; empty: it was not
    std::vector<std::string> down;  ///< what the configuration in force has and clients cannot reach
};

/// A virtual host as it is configured and served.
struct HostView {
    std::shared_ptr<tls::VirtualHost> host;
    std::vector<std::string> names;  ///< patterns of the configuration
    bool generated = false;          ///< in the state folder: it can be reissued
};

/// In the order of the configuration; one list until the next reload. Never null.
using HostViews = std::shared_ptr<const std::vector<HostView>>;

class Metrics;
class Reissues;

/// What the API reaches of the running lab. `status`, `hosts`, `listeners`, `settings` and `dns` belong to
/// the lab's thread.
struct ControlledLab {
    std::function<LabStatus()> status;
    std::optional<ControlledDns> dns;                   ///< empty: the lab serves none
    record::ArmedFaults* faults = nullptr;              ///< of TLS and SIP; from any thread
    journal::CommandContext commands;                   ///< how printed commands begin
    std::function<const config::Settings&()> settings;  ///< in force
    std::function<HostViews()> hosts;
    std::function<std::vector<NamedListener>()> listeners;  ///< that clients can reach
    TryConnection try_connection;                           ///< empty: this lab has no client
    std::function<void(std::string)> note;                  ///< a line in the journal, from any thread
    /// Stores what waits to be, and calls `done` from some thread when it is; empty: nothing waits.
    std::function<void(std::function<void()> done)> store_now;
    std::filesystem::path state_folder;
    // The API's own, on its thread.
    HistoryReader* history = nullptr;
    Reissues* reissues = nullptr;
    Metrics* metrics = nullptr;
    /// Does this on the lab's thread and waits for it; empty: at once, here.
    std::function<void(const std::function<void()>& task)> on_lab_thread;

    void do_on_lab_thread(const std::function<void()>& task) const {
        if (on_lab_thread)
            on_lab_thread(task);
        else
            task();
    }
};

/// A request that found its route.
struct Call {
    const ApiRequest& request;
    Query query;
    std::string id;  ///< what stands for {id} in the path, decoded
};

struct Route {
    /// Some answers take their time, and come from whoever has the connection (admin/live.hpp).
    enum class Kind { answer, wait, events, test };
    enum class Thread { api, lab };

    std::string_view method;
    std::string_view path;                ///< below /api/v1: "/handshakes/{id}"
    std::vector<std::string> parameters;  ///< of the query
    Kind kind = Kind::answer;
    Thread thread = Thread::api;
    std::function<ApiReply(const Call&, const ControlledLab&)> answer;
    /// The history is written in batches: first what waits is stored, so that whoever has just seen a
    /// connection finds it. Done by whoever has the connection.
    bool stores_first = false;
};

/// Every route there is, in the order in which they are looked through.
const std::vector<Route>& routes();

/// True for what belongs to the API: /api/v1/…, /api/… (the newest version), /v1/… (of older programs), and
/// what others expect at the top: /livez, /readyz, /metrics, /ca, /ca.cer, /ca.pem.
bool is_api_path(std::string_view target);

/// The route of a request with its parameters, or the refusal: 400 for a query that cannot be read, 404, 405.
struct Found {
    const Route* route = nullptr;  ///< null: `refusal` holds
    Query query;
    std::string id;
    ApiReply refusal;
};
Found find_route(const ApiRequest& request);

/// Answers one request. JSON in both directions; a failure is `{"error": {"what": …, "hint": …}}`. 503 for
/// what this lab does not have.
ApiReply handle(const ApiRequest& request, const ControlledLab& lab);

}  // namespace ocs::admin
