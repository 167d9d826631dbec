#pragma once
// What a certificate argument stands for: a name in the state folder, a file, or a live server.

#include <filesystem>
#include <string>
#include <vector>

#include "apps/certgen.hpp"
#include "ossl/handles.hpp"

namespace ocs::certgen {

struct Presented {
    std::string where;  ///< the file, or "192.0.2.1:5061, TLSv1.2"
    std::string name;   ///< in the state folder, or empty
    std::string host;   ///< of a live server, or empty
    ossl::X509Ptr leaf;
    std::vector<ossl::X509Ptr> chain;
};

/// Why there is nothing to look at, and the exit code that says so.
struct LoadFailure {
    Error error;
    int code = failed;
};

/// A name in the state folder wins over a file, a file over HOST:PORT; `./pool` is always a file.
/// Returns true, or false with `failure` filled in.
bool load_presented(const Context& context,
                    const std::string& text,
                    const PasswordSource& password,
                    const LiveOptions& live,
                    Presented& presented,
                    LoadFailure& failure);

/// Whom `--ca` names, else the lab CA where the certificate is of a lab, else nobody.
std::filesystem::path ca_to_trust(const Context& context,
                                  const std::string& flag,
                                  const Presented& presented);

/// What a client would hold against the certificate apart from its names: dates, usage, and where `ca` is
/// not empty the chain to it, revocation by the list beside it included. Empty: nothing.
Result<std::string> validity_problem(const Presented& presented,
                                     const std::filesystem::path& ca,
                                     WallTime now);

}  // namespace ocs::certgen
