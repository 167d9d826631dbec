// The lab DNS: whatever comes in, what goes out is an answer to it that the resolver's side can read, or
// nothing. The first byte chooses transport, forwarding and an armed fault; the rest is the query.

#include <algorithm>
#include <vector>

#include "dns/answer.hpp"
#include "dns/question.hpp"
#include "dns/zone_file.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

namespace {

const char* const zone_text =
    "@ SOA ns admin 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nns AAAA 2001:db8::1\nalias CNAME ns\nloop CNAME "
    "loop\n"
    "away CNAME www.example.com.\n*.w TXT \"wild\" \"\"\nsub NS ns.sub\n_s._tcp SRV 1 2 3 ns\n"
    "_s._tcp SRV 1 2 3 elsewhere.example.\np PTR alias\n";

dns::Zones make_zones() {
    dns::Zones zones;
    const auto name = dns::Name::parse("t").value();
    zones.add(dns::parse_zone_file("t", zone_text, name).value()).value();
    dns::Zone big(dns::Name::parse("big.t").value());
    for (int i = 0; i < 300; ++i) {
        const dns::Srv srv{
            0, 0, 1, dns::Name::parse("target-number-" + std::to_string(i) + ".big.t").value()};
        big.add(dns::Record{dns::Name::parse("s.big.t").value(), dns::Type::srv, 0, srv}).value();
    }
    zones.add(std::move(big)).value();
    return zones;
}

dns::Faults make_faults(std::uint8_t choice) {
    dns::Faults faults;
    for (const char* name : {"ns.t", "alias.t", "_s._tcp.t", "x.t"}) {
        dns::Fault fault;
        fault.name = dns::Name::parse(name).value();
        fault.kind = static_cast<dns::FaultKind>(choice % 6);
        fault.delay = std::chrono::milliseconds(1);
        fault.target = dns::Name::parse("alias.t").value();
        faults.arm(std::move(fault)).value();
    }
    return faults;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const dns::Zones zones = make_zones();
    if (size == 0) return 0;
    const std::uint8_t choice = data[0];
    const std::span<const std::uint8_t> query(data + 1, size - 1);
    dns::AnswerOptions options;
    options.transport = (choice & 1U) != 0 ? dns::Transport::tcp : dns::Transport::udp;
    options.forward = (choice & 2U) != 0;
    const auto faults =
        (choice & 4U) != 0 ? make_faults(static_cast<std::uint8_t>(choice >> 3U)) : dns::Faults();
    const dns::Answer answer = dns::answer(query, zones, faults, options);
    require(fuzz::is_printable(answer.facts.name), "the name can be shown", answer.facts.name);
    const bool silent =
        answer.facts.outcome == dns::Outcome::dropped || answer.facts.outcome == dns::Outcome::forward;
    require(answer.bytes.empty() == silent, "nothing is sent where nothing is due, and only there");
    require(dns::server_failure(query).empty() == (size < 13 || (query[2] & 0x80) != 0),
            "a SERVFAIL answers a query");
    if (answer.bytes.empty()) return 0;
    require(answer.bytes.size() <= (options.transport == dns::Transport::tcp ? 65535U : 4096U), "a size");
    require(answer.bytes[0] == query[0] && answer.bytes[1] == query[1], "the id of the query");
    require((answer.bytes[2] & 0x80) != 0, "a response");
    require(((answer.bytes[2] & 0x02) != 0) == answer.facts.truncated, "TC says that the answer was cut");
    if (answer.facts.type.empty()) return 0;
    // Read it back as a resolver would that had asked just this.
    const auto name = dns::Name::parse(answer.facts.name.empty() ? "." : answer.facts.name);
    const auto type = dns::type_number(answer.facts.type);
    if (!type) return 0;  // type 0 has no number to ask for
    require(name.has_value(), "the name reads back", answer.facts.name);
    const dns::Question question{
        *name, static_cast<dns::Type>(*type), static_cast<std::uint16_t>(query[0] << 8U | query[1]), true, 0};
    const auto response = dns::decode(question, answer.bytes);
    if (!response) {
        // Another opcode, or another class: not what a resolver asked.
        const std::string& what = response.error().what;
        require(
            what.find("opcode") != std::string::npos || what.find("another question") != std::string::npos,
            "an answer can be read",
            what);
        return 0;
    }
    if (!answer.facts.truncated) {
        require(response->answers == answer.facts.answers, "what was told is what was sent");
    }
    return 0;
}
