#pragma once
// Internal to pki: the names in a subject and its extensions, wherever those were read from.

#include "discovery/name_policy.hpp"
#include "ossl/handles.hpp"

namespace ocs::pki {

/// `extensions` may be null: none.
discovery::PresentedNames presented_by(const X509_NAME* subject, const STACK_OF(X509_EXTENSION) * extensions);

}  // namespace ocs::pki
