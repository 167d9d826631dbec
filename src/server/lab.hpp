#pragma once
// The running lab: its workers, with listeners and sessions, its DNS, reload and shutdown.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/test_connection.hpp"
#include "config/settings.hpp"
#include "core/result.hpp"
#include "journal/journal.hpp"

namespace ocs::server {

struct LabOptions {
    config::Settings settings;
    journal::JournalOptions journal;
    std::string version;
    std::vector<std::string> advice;  ///< lines for people, said once the lab is ready
    /// Reads the configuration again for SIGHUP; empty: there is no file to read.
    std::function<Results<config::Settings>()> reread;
    /// The client of the API's test connections, which runs on that io_context. Empty: there is none.
    std::function<void(boost::asio::io_context& io,
                       const admin::TestWish& wish,
                       std::function<void(admin::TestOutcome)> done)>
        try_connection;
};

/// Makes what is missing, binds, prints the ready lines, serves until SIGINT or SIGTERM.
/// Returns the exit code: 0 ended as asked, 1 failed, 2 configuration, 3 cannot bind.
int run_lab(const LabOptions& options);

/// Loads everything a configuration names, certificates too, and makes nothing. All problems, or none.
std::vector<Error> check_lab(const config::Settings& settings);

}  // namespace ocs::server
