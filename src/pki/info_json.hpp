#pragma once
// info.json, which tells how a certificate was made.

#include <string>

#include "pki/state_folder.hpp"

namespace ocs::pki {

std::string recipe_json(const Recipe& recipe);  ///< one line, fields in fixed order

std::string info_json(const Issued& issued);
/// Everything but `folder` and `certificate`, which the files themselves tell.
Result<Issued> parse_info_json(std::string_view text, const std::string& where);

}  // namespace ocs::pki
