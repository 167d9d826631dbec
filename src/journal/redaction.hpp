#pragma once
// What identifies people and machines, taken out of records and SIP text before they are handed on.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/log_line.hpp"

namespace ocs::journal {

/// Learns who is meant from what it is shown, then writes pseudonyms in their places: the same one for the
/// same address or user, wherever it stands and however it is spelled.
///
/// Host names stay, SNI and names on certificates included: they are what the evidence is about. A user that
/// is a label of a host name ("alice.contoso.test") stays there.
class Redaction {
public:
    /// `machine`: the host name of the machine that runs the lab; empty: unknown.
    explicit Redaction(std::string machine);

    void learn(const LogLine& line);        ///< address and user of a record
    void learn_sip(std::string_view text);  ///< users and addresses of a message

    /// A line of the log with its texts redacted, paths cut to their last part. Keys, ids and times stay.
    [[nodiscard]] std::string line(std::string_view json) const;
    /// A message without display names and body.
    [[nodiscard]] std::string sip(std::string_view text) const;
    [[nodiscard]] std::string text(std::string_view text) const;

    [[nodiscard]] std::size_t clients() const { return addresses_.size(); }
    [[nodiscard]] std::size_t users() const { return users_.size(); }

private:
    void learn_address(const std::string& canonical);
    void learn_user(std::string_view user);

    std::string machine_;
    std::map<std::string, std::string> addresses_;               // canonical text → "client-1"
    std::map<std::string, std::string> own_addresses_;           // of the lab: stay unless a client has them
    std::vector<std::pair<std::string, std::string>> users_;     // lower case → "user-1", the longest first
    std::vector<std::pair<std::string, std::string>> backward_;  // "20.56.168.192.in-addr.arpa" → pseudonym
};

}  // namespace ocs::journal
