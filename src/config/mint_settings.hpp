#pragma once
// The `mint:` section: certificates made for names no host has, where a listener says unknown_names: mint.

#include "pki/minter.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

/// A rule of the file goes before the built-in ones, and takes the place of one with its prefix.
void read_mint(const yaml::Value& value, pki::MintSettings& settings);

}  // namespace ocs::config
