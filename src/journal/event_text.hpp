#pragma once
// DNS and SIP events as a person reads them: one line each, never an explanation.

#include <string>
#include <string_view>

#include "journal/journal.hpp"

namespace ocs::journal {

/// How each line begins: "10:41:07.301 a17 ", the clock alone where the record has no attempt.
std::string line_head(WallTime at, std::string_view attempt);

/// "10:41:07.301 a17 dns 127.0.0.1 SRV _sipinternaltls._tcp.contoso.test: no such name". Ends in a newline;
/// all peer-sent text in it is escaped. Verbose adds id, transport and the time the answer took.
std::string to_text(const record::DnsEvent& event, Volume volume);

/// "10:41:07.330 a17 sip 127.0.0.1 REGISTER alice@contoso.test (UCCAPI/3.5)", and of an answer
/// "10:41:07.331 a17 sip 127.0.0.1 REGISTER answered 200 OK".
std::string to_text(const record::SipEvent& event, Volume volume);

/// The answers of a DNS event in a few words: "CNAME front01.contoso.test, A 127.0.0.1" or "no such name".
std::string answer_words(const record::DnsEvent& event);

}  // namespace ocs::journal
