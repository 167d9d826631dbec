#pragma once
// A sign-in as people and scripts read it: the tree of steps, what the real client would say, the fixes.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/signin.hpp"

namespace ocs::client {

/// How commands are printed, so that they can be pasted (design decision 15).
struct ReportContext {
    std::string fakeocs = "fakeocs";  ///< as this program was started
    std::string certgen = "fakeocs-certgen";
    std::string state_dir;  ///< printed as --state-dir where it is not the default; empty: left out
    /// The folder in the state folder that holds the certificate of this fingerprint; empty: not ours.
    std::function<std::optional<std::string>(const std::string& fingerprint)> folder_of;
    std::vector<std::string> armed;  ///< faults of the lab that it met, as far as known; escaped
    bool colour = false;
};

/// One way out: what it does, and the lines to paste.
struct Fix {
    std::string what;
    std::vector<std::string> lines;
    bool operator==(const Fix&) const = default;
};

/// Any one of these mends what the client ended on; none where it signed in or nothing is known to help.
std::vector<Fix> fixes(const SigninReport& report,
                       const SigninOptions& options,
                       const ReportContext& context);

/// Text for people, at most 80 columns where names allow; every line ended.
std::string to_text(const SigninReport& report, const SigninOptions& options, const ReportContext& context);

/// The same as one JSON object, schema "fakeocs.signin/1" (docs/signin.schema.json); ends in a newline.
/// `result.code` is the ending's word, `result.exit` the exit code.
std::string to_json(const SigninReport& report, const SigninOptions& options, const ReportContext& context);

/// What the client would do, without asking the network.
std::string explain_text(const SigninOptions& options);

/// "SRV, then sipinternal, sip, sipexternal; stops at the first name that resolves"
std::string walk_in_words(const discovery::ClientProfile& profile);

}  // namespace ocs::client
