#include "journal/lookups.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace ocs;
using namespace ocs::journal;
using record::Confidence;

namespace {

constexpr const char* here = "192.168.56.1";
constexpr const char* elsewhere = "192.168.56.9";
constexpr const char* anna = "192.168.56.20";
constexpr const char* ben = "192.168.56.31";
constexpr const char* forwarder = "192.168.56.2";
constexpr const char* stranger = "192.168.56.3";

WallTime second(double after) {
    return WallTime{std::chrono::seconds{1'795'500'000}} + Micros{static_cast<std::int64_t>(after * 1e6)};
}

struct Step {
    double at;
    std::string who;
    std::string type;  // empty: a connection
    std::string name;
    std::vector<std::string> addresses;
    std::vector<record::DnsTarget> targets;
    std::vector<std::string> answers;
};

Step connects(double at, std::string who) { return {at, std::move(who), "", "", {}, {}, {}}; }
Step asks(double at, std::string who, std::string name, std::string address = here) {
    return {at, std::move(who), "A", std::move(name), {std::move(address)}, {}, {}};
}
Step asks_srv(double at, std::string who, std::string target, std::uint16_t port) {
    return {at,
            std::move(who),
            "SRV",
            "_sipinternaltls._tcp.contoso.test",
            {},
            {{std::move(target), port, {}}},
            {}};
}

/// Look-ups get the ids "0", "1"… by their place in the story.
void play(Lookups& lookups, const std::vector<Step>& story) {
    int number = 0;
    for (const Step& step : story) {
        if (step.type.empty()) {
            lookups.connected(step.who, second(step.at));
        } else {
            record::DnsEvent event;
            event.id = std::to_string(number);
            event.at = second(step.at);
            event.client = {step.who, 50000};
            event.type = step.type;
            event.name = step.name;
            event.addresses = step.addresses;
            event.targets = step.targets;
            event.answers = step.answers;
            lookups.add(event);
        }
        ++number;
    }
}

std::string all(const record::NameEvidence& evidence) {
    std::string text;
    for (const std::string& reason : evidence.reasons) text += reason + "; ";
    return text + evidence.advice;
}

LookupOptions with_forwarder() {
    LookupOptions options;
    options.forwarders = {forwarder};
    return options;
}

}  // namespace

// The last step of each story is the connection that is judged: to `here`, port 5061.
TEST_CASE("lookups: the wanted name of a connection (design decision 13)") {
    struct Row {
        std::vector<Step> story;
        std::string name;
        Confidence confidence;
        std::vector<std::string> ids;
        std::string said, why;
    };
    const Step srv_with_address{1,
                                anna,
                                "SRV",
                                "_sipinternaltls._tcp.contoso.test",
                                {},
                                {{"edge.contoso.test", 443, {here}}, {"pool01.contoso.test", 5061, {here}}},
                                {}};
    const Step alias{1,
                     anna,
                     "A",
                     "sipinternal.contoso.test",
                     {here},
                     {},
                     {"CNAME front01.contoso.test", "A 192.168.56.1"}};
    const auto likely = Confidence::likely;
    const auto possible = Confidence::possible;
    const Row rows[] = {
        {{asks(1, anna, "SIP.contoso.test"), connects(1.25, anna)},
         "sip.contoso.test",
         likely,
         {"0"},
         "the client asked for A sip.contoso.test 250.0 ms before the connection",
         "equal client address within the window"},
        {{alias, connects(2, anna)},
         "sipinternal.contoso.test",
         likely,
         {"0"},
         "(CNAME front01.contoso.test)",
         "an alias behind a host name changes nothing (facts sheet §3.1)"},
        {{asks_srv(1, anna, "pool01.contoso.test", 5061),
          asks(1.1, anna, "pool01.contoso.test"),
          connects(2, anna)},
         "pool01.contoso.test",
         likely,
         {"0", "1"},
         "it is the target of SRV _sipinternaltls._tcp.contoso.test, port 5061",
         "SRV: the target is the reference name"},
        {{srv_with_address, connects(2, anna)},
         "pool01.contoso.test",
         likely,
         {"0"},
         "asked for SRV _sipinternaltls._tcp.contoso.test",
         "the address came along with the SRV record; the other target has another port"},
        {{asks_srv(1, anna, "pool01.contoso.test", 443),
          asks(1.1, anna, "pool01.contoso.test"),
          connects(2, anna)},
         "pool01.contoso.test",
         possible,
         {"0", "1"},
         "but the connection came to another port",
         "a port counts for SRV"},
        {{asks_srv(1, anna, "pool01.contoso.test", 443),
          asks(1.1, anna, "sip.contoso.test"),
          asks(1.2, anna, "pool01.contoso.test"),
          connects(2, anna)},
         "sip.contoso.test",
         likely,
         {"1"},
         "A sip.contoso.test",
         "a host name has no port; a target with another port gives way to it"},
        {{asks(1, anna, "sipinternal.contoso.test"),
          connects(2, anna),
          asks(3, anna, "sip.contoso.test"),
          connects(4, anna)},
         "sip.contoso.test",
         likely,
         {"2"},
         "sipinternal.contoso.test leads here too, but was asked for 2000.0 ms earlier",
         "the last one counts; the earlier one had its connection"},
        {{asks(1, anna, "lyncdiscoverinternal.contoso.test"),
          asks(1.1, anna, "lyncdiscover.contoso.test"),
          connects(2, anna)},
         "lyncdiscover.contoso.test",
         possible,
         {"1"},
         "leads here too",
         "two names at once: the last one, but only possibly"},
        {{asks(1, anna, "sip.contoso.test"), connects(2, anna), connects(16, anna)},
         "sip.contoso.test",
         likely,
         {"0"},
         "15.0 s before",
         "a repeated connection without a new look-up (sipe after 14 s)"},
        {{asks(1, anna, "sip.contoso.test"),
          {1.1, anna, "AAAA", "sip.contoso.test", {"fd00::1"}, {}, {}},
          connects(2, anna)},
         "sip.contoso.test",
         likely,
         {"0"},
         "A sip.contoso.test",
         "the AAAA answer led elsewhere"},
        {{asks(1, "::ffff:192.168.56.20", "sip.contoso.test"), connects(2, anna)},
         "sip.contoso.test",
         likely,
         {"0"},
         "",
         "a socket for both families writes IPv4 addresses its own way"},
        {{asks(1, anna, "sip.contoso.test"), connects(31.5, anna)},
         "",
         possible,
         {},
         "no look-up by 192.168.56.20 in the 30 s before it connected; flush the client's cache",
         "out of the window"},
        {{connects(1, anna)},
         "",
         possible,
         {},
         "point it at the lab DNS directly",
         "no look-up at all: cached, or another DNS server"},
        {{asks(2, anna, "sip.contoso.test"), connects(1, anna)},
         "",
         possible,
         {},
         "no look-up by",
         "a look-up after the connection is not its own"},
        {{asks(1, anna, "sip.contoso.test", elsewhere), connects(2, anna)},
         "",
         possible,
         {},
         "none of the client's look-ups in the 30 s before it connected led to 192.168.56.1; it has the "
         "address from elsewhere",
         "it asked, but for something else"},
        {{asks(1, ben, "sip.contoso.test"), connects(1.5, ben), connects(2, anna)},
         "",
         possible,
         {},
         "no look-up by 192.168.56.20",
         "another client's look-up is not this one's"},
        {{asks(1, forwarder, "sip.contoso.test"), connects(2, anna)},
         "sip.contoso.test",
         possible,
         {"0"},
         "the forwarder 192.168.56.2 asked for A sip.contoso.test 1000.0 ms before the connection, and the "
         "answer led here; 192.168.56.2 asks for others; only this client was active within 30 s",
         "one client behind a forwarder"},
        {{asks(1, forwarder, "sip.contoso.test"),
          asks(1.1, forwarder, "sipinternal.contoso.test"),
          connects(2, ben),
          connects(2.1, anna)},
         "",
         possible,
         {},
         "the look-ups of 192.168.56.20 and 192.168.56.31 all come from the forwarder 192.168.56.2",
         "two clients behind one forwarder are not told apart"},
        {{asks(1, forwarder, "sip.contoso.test"), connects(2, ben), connects(2.1, anna)},
         "",
         possible,
         {},
         "let one client sign in at a time",
         "not even if there was one look-up only: the other may have it cached"},
        {{asks(1, forwarder, "sip.contoso.test"),
          asks(1.5, ben, "sipinternal.contoso.test"),
          connects(2, ben),
          connects(2.1, anna)},
         "sip.contoso.test",
         possible,
         {"0"},
         "only this client was active",
         "a client with look-ups of its own does not use the forwarder"},
        {{connects(1, ben), asks(40, forwarder, "sip.contoso.test"), connects(41, anna)},
         "sip.contoso.test",
         possible,
         {"1"},
         "only this client was active",
         "the other was active long before"},
        {{asks(1, forwarder, "sip.contoso.test"),
          asks(1.5, anna, "sipinternal.contoso.test"),
          connects(2, ben),
          connects(2, anna)},
         "sipinternal.contoso.test",
         likely,
         {"1"},
         "the client asked",
         "its own look-up goes before those of a forwarder"},
        {{asks(1, stranger, "sip.contoso.test"), connects(2, anna)},
         "",
         possible,
         {},
         "or list 192.168.56.3 as a forwarder, if it is one",
         "a forwarder nobody told us about"},
        {{asks(1, forwarder, "sip.contoso.test"), connects(2, forwarder)},
         "sip.contoso.test",
         possible,
         {"0"},
         "192.168.56.2 asks for others",
         "clients behind an address that is a forwarder itself"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Lookups lookups(with_forwarder());
        play(lookups, row.story);
        const Step& last = row.story.back();
        const auto evidence = lookups.wanted_for(last.who, {here, 5061}, second(last.at));
        CHECK(evidence.name == row.name);
        CHECK(evidence.confidence == row.confidence);
        CHECK(evidence.lookups == row.ids);
        CAPTURE(all(evidence));
        CHECK(all(evidence).find(row.said) != std::string::npos);
        CHECK(evidence.name.empty() == !evidence.advice.empty());
    }
}

TEST_CASE("lookups: a second client that comes later makes a forwarder's look-ups unknown, too") {
    Lookups lookups(with_forwarder());
    play(lookups, {asks(1, forwarder, "sip.contoso.test"), connects(2, anna)});
    CHECK(lookups.wanted_for(anna, {here, 5061}, second(2)).name == "sip.contoso.test");
    play(lookups, {connects(3, ben)});
    CHECK(lookups.wanted_for(anna, {here, 5061}, second(2)).name.empty());
}

TEST_CASE("lookups: a name that the client gave itself is confirmed, never replaced") {
    Lookups lookups;
    play(lookups,
         {asks(1, anna, "sip.contoso.test"), asks(1.1, anna, "sipinternal.contoso.test"), connects(2, anna)});
    const auto confirmed = lookups.wanted_for(anna, {here, 5061}, second(2), "sip.contoso.test");
    CHECK(confirmed.name == "sip.contoso.test");
    CHECK(confirmed.lookups == std::vector<std::string>{"0"});
    const auto other = lookups.wanted_for(anna, {here, 5061}, second(2), "pool01.contoso.test");
    CHECK(other.name.empty());
    CHECK(other.reasons.empty());
}

TEST_CASE("lookups: memory is bounded, and what is quiet longest goes first") {
    LookupOptions options;
    options.clients = 3;
    options.per_client = 2;
    Lookups lookups(options);
    play(lookups,
         {asks(1, "10.0.0.1", "a.test"), asks(2, "10.0.0.2", "b.test"), asks(3, "10.0.0.3", "c.test")});
    play(lookups,
         {asks(4, "10.0.0.1", "d.test"), asks(5, "10.0.0.1", "e.test"), asks(6, "10.0.0.4", "f.test")});
    CHECK(lookups.wanted_for("10.0.0.2", {here, 5061}, second(7)).name.empty());
    CHECK(lookups.wanted_for("10.0.0.3", {here, 5061}, second(7)).name == "c.test");
    const auto kept = lookups.wanted_for("10.0.0.1", {here, 5061}, second(7));
    CHECK(kept.name == "e.test");
    CHECK(lookups.wanted_for("10.0.0.1", {here, 5061}, second(7), "d.test").name == "d.test");
    CHECK(lookups.wanted_for("10.0.0.1", {here, 5061}, second(7), "a.test").name.empty());
}

TEST_CASE("lookups: hostile names are escaped in what is said, and kept as they are in the name") {
    Lookups lookups;
    play(lookups, {asks(1, anna, "sip\x1b[2J.test"), connects(2, anna)});
    const auto evidence = lookups.wanted_for(anna, {here, 5061}, second(2));
    CHECK(evidence.name == "sip\x1b[2j.test");
    CHECK(all(evidence).find('\x1b') == std::string::npos);
}

TEST_CASE("lookups: threads may ask and tell at the same time") {
    Lookups lookups;
    std::thread dns([&] {
        for (int i = 0; i < 2000; ++i) play(lookups, {asks(1, anna, "sip.contoso.test")});
    });
    for (int i = 0; i < 2000; ++i) {
        lookups.connected(anna, second(2));
        CHECK(lookups.wanted_for(ben, {here, 5061}, second(2)).name.empty());
    }
    dns.join();
    CHECK(lookups.wanted_for(anna, {here, 5061}, second(2)).name == "sip.contoso.test");
}

TEST_CASE("lookups: SNI, look-ups, and the domain of a REGISTER make the wanted name of a record") {
    struct Row {
        std::optional<std::string> sni;
        std::string looked_up, domain;
        std::string name;
        record::NameSource source;
        bool evidence;
        std::string why;
    };
    using enum record::NameSource;
    const Row rows[] = {
        {"Sip.contoso.test", "", "contoso.test", "Sip.contoso.test", sni, false, "the client said it"},
        {"sip.contoso.test", "sip.contoso.test", "", "sip.contoso.test", both, true, "and asked for it"},
        {"sip.contoso.test", "pool01.contoso.test", "", "sip.contoso.test", sni, false, "SNI goes first"},
        {{}, "pool01.contoso.test", "contoso.test", "pool01.contoso.test", dns, true, "no SNI"},
        {"", "pool01.contoso.test", "", "pool01.contoso.test", dns, true, "an empty SNI is none"},
        {{}, "", "Contoso.test", "contoso.test", sip, true, "better than nothing"},
        {{}, "", "", "", unknown, true, "the reasons are kept"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Lookups lookups;
        if (!row.looked_up.empty()) play(lookups, {asks(1, anna, row.looked_up)});
        record::ConnectionRecord record;
        record.client = {anna, 51000};
        record.local = {here, 5061};
        record.started = second(2);
        record.facts.hello.emplace();
        if (row.sni) record.wanted = record::WantedName{*row.sni, sni};
        if (!row.domain.empty()) {
            auto& message = record.facts.sip.emplace_back();
            message.method = "REGISTER";
            message.domain = row.domain;
        }
        complete_wanted(record, lookups);
        REQUIRE(record.wanted.has_value() == (row.source != unknown));
        if (record.wanted) {
            CHECK(record.wanted->text == row.name);
            CHECK(record.wanted->source == row.source);
        }
        CHECK(record.lookups.has_value() == row.evidence);
    }
    record::ConnectionRecord probe;
    complete_wanted(probe, Lookups{});
    CHECK(!probe.lookups);
}
