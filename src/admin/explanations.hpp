#pragma once
// What a stored connection means, and how names compare: the journal's explanation as JSON.

#include "admin/control_api.hpp"
#include "journal/journal.hpp"

namespace ocs::admin {

/// The explanation of a connection: its meaning, how sure, the presented names held against the wanted one
/// under each policy, what would fix it. 404: no such record.
ApiReply show_explanation(const Call& call, HistoryReader& history, const journal::CommandContext& commands);

/// Body {"wanted": ["sip.contoso.test", …], "certificates": [{"common_names": …, "san_present": …,
/// "san": …}, …]}, the certificates as records have them; at most 100 names and 20 certificates. The reply
/// has for each certificate and name the policies that would take it.
ApiReply compare_names(const std::string& body);

}  // namespace ocs::admin
