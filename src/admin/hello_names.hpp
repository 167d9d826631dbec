#pragma once
// The numbers of a stored ClientHello by name, and what could have been agreed on, for those who read it in a
// browser.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace ocs::admin {

/// Of a record's `hello`: record_version and legacy_version as texts; supported_versions, cipher_suites,
/// extensions, groups and signature_algorithms as lists, in the order and number of the record's own. What is
/// no number there is left out.
boost::json::object hello_names(const boost::json::object& hello);

/// Of a record: whether each suite of its hello could have been agreed on (tls/suite_support.hpp), a list of
/// {"support", "why"} in their order; empty without a hello.
boost::json::array suite_answers(const boost::json::value& record);

}  // namespace ocs::admin
