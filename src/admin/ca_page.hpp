#pragma once
// The lab's CA for client machines: a page without script or style sheet, for browsers as old as IE 6 on
// Windows XP, and the certificate in both forms.

#include <boost/json/value.hpp>
#include <string_view>

#include "admin/control_api.hpp"

namespace ocs::admin {

/// True for /ca, /ca.cer and /ca.pem.
bool is_ca_path(std::string_view target);

/// What identifies it, for those who compare: subject, not_after, sha256, sha1 (spelled out). Null while
/// there is none that can be read.
boost::json::value ca_summary(const ControlledLab& lab);

/// The page, or the file the path names. 404 while there is no CA.
ApiReply ca_answer(const Call& call, const ControlledLab& lab);

}  // namespace ocs::admin
