#pragma once
// The numbers of a stored ClientHello by name, for those who read it in a browser.

#include <boost/json/object.hpp>

namespace ocs::admin {

/// Of a record's `hello`: record_version and legacy_version as texts; supported_versions, cipher_suites,
/// extensions, groups and signature_algorithms as lists, in the order and number of the record's own; and
/// cipher_suites_served, what this lab makes of each suite (tls/suite_support.hpp). What is no number there
/// is left out.
boost::json::object hello_names(const boost::json::object& hello);

}  // namespace ocs::admin
