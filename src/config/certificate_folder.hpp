#pragma once
// The `certificates_from:` section: a folder in which every certificate with its key is a virtual host.

#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

/// A relative folder is taken from `base`.
void read_certificates_from(const yaml::Value& value,
                            const std::filesystem::path& base,
                            CertificateFolder& folder);

struct FolderIndex {
    std::vector<HostSettings> hosts;  ///< sorted by id; `place` is the certificate's file
    std::vector<Error> problems;      ///< each with its file; what has one is left out, or the name of it
};

/// Reads the names of every certificate, and loads none. A host is, without anything that starts with a dot:
/// - NAME.pem, .crt or .cer with a PEM certificate, and its key in the same file, in NAME.key or in
///   NAME-key.pem; a chain that is not behind the certificate in NAME-chain.pem;
/// - NAME.pfx or .p12, opened with the section's password;
/// - a folder NAME with fullchain.pem or cert.pem, and key.pem or privkey.pem, as fakeocs-certgen leaves it.
/// NAME is its id. It answers for the DNS names of its SAN; a certificate that has none, for the last CN of
/// its subject, if that is a host name. A name that an earlier host has (those of `hosts:` come first, then
/// by id) stays there. Fails where the folder cannot be read.
Result<FolderIndex> index_of(const CertificateFolder& folder, const std::vector<HostSettings>& earlier);

}  // namespace ocs::config
