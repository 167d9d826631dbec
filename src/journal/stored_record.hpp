#pragma once
// A connection out of its stored line, as far as explain() reads it.

#include <boost/json/object.hpp>
#include <string_view>

#include "core/result.hpp"
#include "record/connection_record.hpp"

namespace ocs::journal {

/// A `fakeocs.handshake/1` line back to the record it was made of: judgement, wanted name, look-ups,
/// certificate, policies, the form of the SNI. What explain() does not ask for stays empty. Fails for
/// anything else, and for words that no version of this program wrote.
Result<record::ConnectionRecord> record_from_line(std::string_view line);

/// The names of a certificate, as the line has them: {"common_names", "san_present", "san_readable", "san"}.
/// What is missing or of another type counts as left out.
discovery::PresentedNames names_from_json(const boost::json::object& certificate);

}  // namespace ocs::journal
