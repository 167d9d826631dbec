#pragma once
// What a Lync front end answers at its lyncdiscover names (facts sheet §6.7): the Root resource with its
// links, a redirect inside a 200, in JSON or XML. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "config/autodiscover_settings.hpp"

namespace ocs::server {

struct AutodiscoverAnswer {
    int status = 200;
    std::string content_type;
    std::string body;
};

/// Answers a request for an autodiscover resource; empty: `target` is none. `host` is where the links lead,
/// a checked name. Over plain HTTP the answer is always a redirect to HTTPS (1) [108]. Nothing of the
/// request is repeated.
///
/// The User resource wants credentials on a real server (401); this lab asks nobody for any, so it
/// gives the SIP servers of the settings at once, in Root as well, and 404 where there are none.
std::optional<AutodiscoverAnswer> autodiscover_answer(std::string_view target,
                                                      std::string_view accept,
                                                      const std::string& host,
                                                      bool tls,
                                                      const config::AutodiscoverSettings& settings);

}  // namespace ocs::server
