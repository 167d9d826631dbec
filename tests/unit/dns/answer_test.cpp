#include "dns/answer.hpp"

#include <doctest/doctest.h>

#include <string>

#include "dns/question.hpp"
#include "dns/zone_file.hpp"

using namespace ocs;
using namespace ocs::dns;

namespace {

Name name(std::string_view text) { return Name::parse(text).value(); }

Zones lab() {
    const auto sip = parse_zone_file("sip.zone",
                                     "@ 60 SOA ns hostmaster 7 3600 600 86400 5\n"
                                     "@ NS ns\n"
                                     "ns A 192.0.2.53\n"
                                     "sipinternal CNAME front01\n"
                                     "front01 A 192.0.2.1\n"
                                     "front01 AAAA 2001:db8::1\n"
                                     "_sipinternaltls._tcp SRV 0 0 5061 front01\n"
                                     "_sip._tls SRV 0 0 443 alias.corp.local.\n"
                                     "deep.empty.below A 192.0.2.2\n"
                                     "*.wild A 192.0.2.3\n"
                                     "here.wild TXT \"not the wildcard\"\n"
                                     "loop1 CNAME loop2\n"
                                     "loop2 CNAME loop1\n"
                                     "self CNAME self\n"
                                     "gone CNAME nobody\n"
                                     "away CNAME www.example.com.\n"
                                     "over CNAME alias.corp.local.\n"
                                     "sub NS ns.sub\n"
                                     "ns.sub A 192.0.2.4\n"
                                     "1 PTR front01\n"
                                     "text TXT \"one\" \"two\"\n",
                                     name("contoso.test"))
                         .value();
    const auto ad = parse_zone_file("ad.zone",
                                    "@ SOA . . 1 1 1 1 0\n@ NS dc1\ndc1 A 192.0.2.9\n"
                                    "alias CNAME dc1\n",
                                    name("corp.local"))
                        .value();
    Zones zones;
    REQUIRE(zones.add(sip).has_value());
    REQUIRE(zones.add(ad).has_value());
    return zones;
}

struct Asked {
    Answer answer;
    Response response;
};

Asked ask(const Zones& zones,
          std::string_view text,
          std::uint16_t type,
          const Faults& faults = {},
          AnswerOptions options = {}) {
    const Question question{name(text), static_cast<Type>(type), 0x1234, true, 1232};
    Asked asked{answer(encode(question), zones, faults, options), {}};
    if (asked.answer.bytes.empty()) return asked;
    auto response = decode(question, asked.answer.bytes);
    REQUIRE_MESSAGE(response.has_value(), to_string(response.error()));
    asked.response = std::move(*response);
    return asked;
}

Asked ask(const Zones& zones,
          std::string_view text,
          Type type,
          const Faults& faults = {},
          AnswerOptions options = {}) {
    return ask(zones, text, static_cast<std::uint16_t>(type), faults, options);
}

std::string told(const std::vector<Record>& records) {
    std::string text;
    for (const Record& record : records) {
        text += (text.empty() ? "" : "; ") + record.owner.text() + " " + summary(record);
    }
    return text;
}

}  // namespace

TEST_CASE("answer: what the zones say") {
    const Zones zones = lab();
    struct Row {
        std::string name;
        std::uint16_t type;
        Outcome outcome;
        std::uint16_t rcode;
        bool authoritative;
        std::string answers;
        std::string authority;
        std::string why;
    };
    const std::string soa = "contoso.test SOA ns.contoso.test hostmaster.contoso.test 7 3600 600 86400 5";
    const auto a = static_cast<std::uint16_t>(Type::a);
    const auto srv = static_cast<std::uint16_t>(Type::srv);
    const auto cname = static_cast<std::uint16_t>(Type::cname);
    const auto ns = static_cast<std::uint16_t>(Type::ns);
    const Row rows[] = {
        {"front01.contoso.test", a, Outcome::answered, 0, true, "front01.contoso.test A 192.0.2.1", "", "A"},
        {"FRONT01.contoso.TEST",
         a,
         Outcome::answered,
         0,
         true,
         "FRONT01.contoso.TEST A 192.0.2.1",
         "",
         "0x20: as asked"},
        {"front01.contoso.test",
         28,
         Outcome::answered,
         0,
         true,
         "front01.contoso.test AAAA 2001:db8::1",
         "",
         "AAAA"},
        {"sipinternal.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "sipinternal.contoso.test CNAME front01.contoso.test; front01.contoso.test A 192.0.2.1",
         "",
         "an alias is followed"},
        {"sipinternal.contoso.test",
         cname,
         Outcome::answered,
         0,
         true,
         "sipinternal.contoso.test CNAME front01.contoso.test",
         "",
         "asked for the alias itself"},
        {"sipinternal.contoso.test",
         16,
         Outcome::no_data,
         0,
         true,
         "sipinternal.contoso.test CNAME front01.contoso.test",
         soa,
         "the end of the chain has no TXT"},
        {"over.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "over.contoso.test CNAME alias.corp.local; alias.corp.local CNAME dc1.corp.local; dc1.corp.local A "
         "192.0.2.9",
         "",
         "through another zone"},
        {"away.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "away.contoso.test CNAME www.example.com",
         "",
         "the chain leaves the lab: what is known"},
        {"gone.contoso.test",
         a,
         Outcome::nx_domain,
         3,
         true,
         "gone.contoso.test CNAME nobody.contoso.test",
         soa,
         "RFC 6604: the code of the last name"},
        {"loop1.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "loop1.contoso.test CNAME loop2.contoso.test; loop2.contoso.test CNAME loop1.contoso.test",
         "",
         "each alias once"},
        {"self.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "self.contoso.test CNAME self.contoso.test",
         "",
         ""},
        {"_sipinternaltls._tcp.contoso.test",
         srv,
         Outcome::answered,
         0,
         true,
         "_sipinternaltls._tcp.contoso.test SRV 0 0 5061 front01.contoso.test",
         "",
         "SRV"},
        {"_tcp.contoso.test",
         a,
         Outcome::no_data,
         0,
         true,
         "",
         soa,
         "an empty non-terminal exists (RFC 8020)"},
        {"empty.below.contoso.test",
         srv,
         Outcome::no_data,
         0,
         true,
         "",
         soa,
         "so does one of several labels"},
        {"nobody.contoso.test", a, Outcome::nx_domain, 3, true, "", soa, ""},
        {"x.front01.contoso.test", a, Outcome::nx_domain, 3, true, "", soa, "below a leaf"},
        {"front01.contoso.test", 65, Outcome::no_data, 0, true, "", soa, "HTTPS, as browsers ask"},
        {"any.wild.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "any.wild.contoso.test A 192.0.2.3",
         "",
         "wildcard"},
        {"a.b.wild.contoso.test",
         a,
         Outcome::answered,
         0,
         true,
         "a.b.wild.contoso.test A 192.0.2.3",
         "",
         "a wildcard covers several labels (RFC 4592)"},
        {"any.wild.contoso.test", 16, Outcome::no_data, 0, true, "", soa, "the wildcard has no TXT"},
        {"here.wild.contoso.test",
         a,
         Outcome::no_data,
         0,
         true,
         "",
         soa,
         "what exists is not the wildcard's"},
        {"contoso.test", ns, Outcome::answered, 0, true, "contoso.test NS ns.contoso.test", "", ""},
        {"contoso.test", 6, Outcome::answered, 0, true, soa, "", "SOA"},
        {"1.contoso.test",
         12,
         Outcome::answered,
         0,
         true,
         "1.contoso.test PTR front01.contoso.test",
         "",
         "PTR"},
        {"text.contoso.test",
         16,
         Outcome::answered,
         0,
         true,
         "text.contoso.test TXT \"one\" \"two\"",
         "",
         "TXT"},
        {"host.sub.contoso.test",
         a,
         Outcome::referral,
         0,
         false,
         "",
         "sub.contoso.test NS ns.sub.contoso.test",
         "a delegation"},
        {"front01.contoso.test",
         type_any,
         Outcome::answered,
         0,
         true,
         "front01.contoso.test A 192.0.2.1",
         "",
         "RFC 8482: one RRset"},
        {"sipinternal.contoso.test",
         type_any,
         Outcome::answered,
         0,
         true,
         "sipinternal.contoso.test CNAME front01.contoso.test",
         "",
         "ANY does not follow"},
        {"www.example.com", a, Outcome::refused, 5, false, "", "", "outside the zones"},
        {"xcontoso.test", a, Outcome::refused, 5, false, "", "", "a zone is labels, not text"},
        {"contoso.test", 252, Outcome::refused, 5, false, "", "", "no zone transfer"},
        {"contoso.test", 251, Outcome::refused, 5, false, "", "", "nor an incremental one"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CAPTURE(row.why);
        const Asked asked = ask(zones, row.name, row.type);
        CHECK(asked.answer.facts.outcome == row.outcome);
        CHECK(asked.answer.facts.name == row.name);
        CHECK(asked.response.rcode == row.rcode);
        CHECK(asked.response.authoritative == row.authoritative);
        CHECK(told(asked.response.answers) == row.answers);
        CHECK(told(asked.answer.facts.answers) == row.answers);
        CHECK(told(asked.response.authority) == row.authority);
        CHECK_FALSE(asked.response.recursion_available);
    }
}

TEST_CASE("answer: TTLs are those of the zone, and an answer no lives as long as the SOA's minimum") {
    const Zones zones = lab();
    CHECK(ask(zones, "front01.contoso.test", Type::a).response.answers[0].ttl == 0);
    CHECK(ask(zones, "contoso.test", Type::soa).response.answers[0].ttl == 60);
    CHECK(ask(zones, "nobody.contoso.test", Type::a).response.authority[0].ttl == 5);
}

TEST_CASE("answer: addresses of SRV targets go along, through all zones but not through an alias") {
    const Zones zones = lab();
    CHECK(told(ask(zones, "_sipinternaltls._tcp.contoso.test", Type::srv).response.additional) ==
          "front01.contoso.test A 192.0.2.1; front01.contoso.test AAAA 2001:db8::1");
    CHECK(told(ask(zones, "corp.local", Type::ns).response.additional) == "dc1.corp.local A 192.0.2.9");
    CHECK(told(ask(zones, "_sip._tls.contoso.test", Type::srv).response.additional).empty());
    CHECK(told(ask(zones, "a.sub.contoso.test", Type::a).response.additional) ==
          "ns.sub.contoso.test A 192.0.2.4");
}

TEST_CASE("answer: faults") {
    const Zones zones = lab();
    const auto armed =
        [](FaultKind kind, const char* target, std::string_view of, std::optional<std::uint16_t> type) {
            Fault fault;
            fault.name = name(of);
            fault.type = type;
            fault.kind = kind;
            if (kind == FaultKind::delay) fault.delay = std::chrono::milliseconds(250);
            fault.target = name(target);
            Faults faults;
            REQUIRE(faults.arm(std::move(fault)).has_value());
            return faults;
        };
    const std::string sip = "sipinternal.contoso.test";
    const std::string service = "_sipinternaltls._tcp.contoso.test";
    {
        const Asked asked =
            ask(zones, sip, Type::a, armed(FaultKind::nx_domain, ".", "SIPinternal.contoso.test", {}));
        CHECK(asked.response.rcode == 3);
        CHECK(asked.response.authority.size() == 1);  // as convincing as a real one
        CHECK(asked.response.authoritative);
        CHECK(asked.answer.fault == std::uint64_t{1});
        CHECK(asked.answer.facts.fault == "nxdomain");
        CHECK(asked.answer.facts.outcome == Outcome::nx_domain);
    }
    CHECK(ask(zones, sip, Type::a, armed(FaultKind::server_failure, ".", sip, {})).response.rcode == 2);
    CHECK(ask(zones, sip, Type::a, armed(FaultKind::refused, ".", sip, {})).response.rcode == 5);
    CHECK(ask(zones, sip, Type::a, armed(FaultKind::refused, ".", sip, 33)).response.rcode ==
          0);  // another type
    CHECK(ask(zones, "www.example.com", Type::a, armed(FaultKind::nx_domain, ".", "www.example.com", {}))
              .response.rcode == 3);
    {
        const Asked asked = ask(zones, sip, Type::a, armed(FaultKind::drop, ".", sip, {}));
        CHECK(asked.answer.bytes.empty());
        CHECK(asked.answer.facts.outcome == Outcome::dropped);
        CHECK(asked.answer.facts.name == sip);
    }
    {
        const Asked asked = ask(zones, sip, Type::a, armed(FaultKind::delay, ".", sip, {}));
        CHECK(asked.answer.delay.count() == 250);
        CHECK(asked.response.answers.size() == 2);
        CHECK(asked.answer.facts.fault == "delay 250 ms");
    }
    const auto wrong = [&](const std::string& of, Type type) {
        return told(
            ask(zones, of, type, armed(FaultKind::wrong_target, "dc1.corp.local", of, {})).response.answers);
    };
    CHECK(wrong(service, Type::srv) == service + " SRV 0 0 5061 dc1.corp.local");
    CHECK(wrong(sip, Type::a) == sip + " CNAME dc1.corp.local; dc1.corp.local A 192.0.2.9");
    CHECK(wrong("front01.contoso.test", Type::a) ==
          "front01.contoso.test CNAME dc1.corp.local; dc1.corp.local A 192.0.2.9");
    CHECK(wrong("nobody.contoso.test", Type::a) ==
          "nobody.contoso.test CNAME dc1.corp.local; dc1.corp.local A 192.0.2.9");
}

TEST_CASE("answer: names outside the zones go to another resolver where that is asked for") {
    const Zones zones = lab();
    AnswerOptions options;
    options.forward = true;
    const Asked outside = ask(zones, "www.example.com", Type::a, {}, options);
    CHECK(outside.answer.facts.outcome == Outcome::forward);
    CHECK(outside.answer.bytes.empty());
    const Asked inside = ask(zones, "nobody.contoso.test", Type::a, {}, options);
    CHECK(inside.response.rcode == 3);
    CHECK(inside.response.recursion_available);
    const Asked transfer = ask(zones, "www.example.com", std::uint16_t{252}, {}, options);
    CHECK(transfer.answer.facts.outcome == Outcome::refused);
    Faults faults;
    Fault fault;
    fault.name = name("www.example.com");
    fault.kind = FaultKind::server_failure;
    REQUIRE(faults.arm(std::move(fault)).has_value());
    CHECK(ask(zones, "www.example.com", Type::a, faults, options).answer.facts.outcome ==
          Outcome::server_failure);
}
