#pragma once

#include <string>
#include <string_view>

namespace ocs {

/// `text` as the content or a quoted attribute of HTML and XML: the five special characters escaped.
std::string markup_text(std::string_view text);

}  // namespace ocs
