#pragma once
// The one filter language of fakeocs log, the API and the dashboard.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "journal/log_line.hpp"

namespace ocs::journal {

/// Terms with blanks in between; all must hold. `-` before a term negates it, quotes keep blanks together,
/// commas separate alternatives, `*` and `?` stand for any text and any character. Case does not matter.
///
///     verdict:rejected-alert        the outcome of a connection
///     sni:*.contoso.test            as sent; sni:none for a client that sent none
///     wanted:sip.contoso.test       the wanted name; wanted:none where it is unknown
///     peer:192.168.56.0/24          the client's address, or a net
///     user:alice                    SIP user, with or without its domain
///     agent:uccapi  agent:sipe/*    User-Agent of SIP messages, a part or a pattern; agent:none
///     family:schannel*              the client's family, a guess by both; family:none
///     vhost:front01                 the virtual host
///     attempt:a17                   id of the attempt, or its last part
///     alert:48  alert:unknown_ca    by number or name, in either direction; alert:none
///     tls:<1.2  tls:1.0             negotiated version, else the highest offered; tls:none
///     fault:alert  fault:*          kind of the armed fault that struck, DNS too; fault:none
///     since:10m  since:2026-11-24   s, m, h, d or y ago, or a date
///     text  "some text"             anywhere in the texts of a record
class Filter {
public:
    /// Fails for an unknown key, verdict or family (with the nearest one), a bad net, time or version, an
    /// open quote, and beyond 2,000 bytes or 50 terms. An empty text holds for everything.
    static Result<Filter> parse(std::string_view text, WallTime now);

    [[nodiscard]] bool empty() const { return terms_.empty(); }
    /// On one record. Gaps always match: who filters must not lose sight of what was lost.
    [[nodiscard]] bool matches(const LogLine& line) const;
    /// On an attempt: each term holds for one of its records, each negated term for none.
    [[nodiscard]] bool matches(std::span<const LogLine> lines) const;

private:
    struct Term {
        bool negated = false;
        std::function<bool(const LogLine&)> holds;
    };
    std::vector<Term> terms_;
};

/// `*` any text, `?` any byte; case of ASCII letters does not matter. Takes at most text × pattern steps.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace ocs::journal
