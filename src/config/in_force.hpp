#pragma once
// The settings in force as lines of text: which value, and who won. For `fakeocs config show` and the API.

#include <cstddef>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "yaml/document.hpp"

namespace ocs::config {

struct InForce {
    std::string key;    ///< as in errors: "listeners[0].tls.min_version"
    std::string value;  ///< as the file would have it, made visible; empty: none
    Origin origin;
};

/// Which of the hosts are wanted: ten thousand would be a page nobody reads.
struct HostRange {
    std::size_t first = 0;
    std::size_t count = 20;
};
inline constexpr std::size_t longest_host_range = 100;

/// What stands in place of a secret.
inline constexpr const char* hidden = "(not shown)";

/// Every key of the file with its value, `config` (the file) first. Keys of what is not there (a fault, a
/// redirect) are left out; a list of more than 50 texts is cut and says so, and of sip.answers, the listeners
/// and the zones the first 100 are there. Records and faults of the zones are not: they change while the lab
/// runs, and the API has them. A password is `hidden`.
///
/// A host beyond hosts_with_origins, and one of certificates_from, has the place of the whole host.
std::vector<InForce> settings_in_force(const Settings& settings, HostRange hosts);

/// Where each key of the document is.
Origins origins_of(const yaml::Document& document);

}  // namespace ocs::config
