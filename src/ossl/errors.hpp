#pragma once

#include <string>

namespace ocs::ossl {

/// Drains this thread's OpenSSL error queue: the reasons joined by "; ", oldest first, or
/// "no reason given". The only place that empties the queue into text.
std::string take_errors();

}  // namespace ocs::ossl
