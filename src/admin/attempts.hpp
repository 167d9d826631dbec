#pragma once
// Sign-in attempts out of the history: look-ups, connections and SIP messages that belong together.

#include "admin/control_api.hpp"

namespace ocs::admin {

/// {"attempts": […], "last": N, "next": N}, the latest active first; `filter` holds for attempts as in
/// `fakeocs log`: each term for one of the records. A page may be short, even empty, while
/// there is `next`. Each attempt is an overview; show_attempt has its
/// records.
ApiReply list_attempts(const Call& call, HistoryReader& history);
ApiReply latest_attempt(const Call& call, HistoryReader& history);  ///< with its records; 404: none matches
/// The overview with `records`, in the order of their time, and `tree`, the text of `fakeocs log`.
ApiReply show_attempt(const Call& call, HistoryReader& history);

}  // namespace ocs::admin
