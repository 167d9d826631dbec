#pragma once
// What a client's look-ups mean to the person who reads the record.

#include <string>

#include "journal/explanation.hpp"
#include "record/connection_record.hpp"

namespace ocs::journal {

/// Fills in what the look-ups say: `asked`, the reasons for the name or for its being unknown, and what to
/// do about that. `explanation` has its names already.
void explain_lookups(Explanation& explanation, const record::ConnectionRecord& record);

}  // namespace ocs::journal
