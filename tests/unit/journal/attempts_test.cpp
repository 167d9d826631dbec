#include "journal/attempts.hpp"

#include <doctest/doctest.h>

using namespace ocs;
using namespace ocs::journal;

namespace {

constexpr const char* anna = "192.168.56.20";
constexpr const char* ben = "192.168.56.31";
constexpr const char* forwarder = "192.168.56.2";

WallTime second(double after) {
    return WallTime{std::chrono::seconds{1'795'500'000}} + Micros{static_cast<std::int64_t>(after * 1e6)};
}

/// One record: a question, a SIP message, a provisional or a final record.
struct Step {
    enum Kind { asks, says, waits, ends } kind;
    double at;  // of a connection's record: accept
    std::string who;
    std::string attempt;          // expected
    std::string connection = "";  // of all but questions
    std::string user = "";        // of messages
    double lasts = 0.1;           // of connections
    std::string name = "";        // of questions
};

std::string joined(Attempts& attempts, const Step& step) {
    if (step.kind == Step::asks) {
        record::DnsEvent event;
        event.at = second(step.at);
        event.client.address = step.who;
        event.name = step.name;
        attempts.join(event);
        return event.attempt;
    }
    if (step.kind == Step::says) {
        record::SipEvent event;
        event.at = second(step.at);
        event.client = step.who;
        event.connection = step.connection;
        event.message.user = step.user;
        attempts.join(event);
        return event.attempt;
    }
    record::ConnectionRecord record;
    record.id = step.connection;
    record.started = second(step.at);
    record.client.address = step.who;
    record.duration = Micros{static_cast<std::int64_t>(step.lasts * 1e6)};
    record.provisional = step.kind == Step::waits;
    attempts.join(record);
    return record.attempt;
}

AttemptOptions options() {
    AttemptOptions made;
    made.forwarders = {forwarder};
    return made;
}

constexpr auto asks = Step::asks;
constexpr auto says = Step::says;
constexpr auto waits = Step::waits;
constexpr auto ends = Step::ends;

Step asked(double at, const std::string& name, const std::string& attempt) {
    return {asks, at, anna, attempt, "", "", 0, name};
}

}  // namespace

TEST_CASE("attempts: which records belong together") {
    struct Row {
        std::vector<Step> story;
        std::string why;
    };
    const Row rows[] = {
        {{{asks, 1, anna, "a1"}, {asks, 1.1, anna, "a1"}, {ends, 1.2, anna, "a1", "c1"}},
         "look-ups and the connection after them"},
        {{{asks, 1, anna, "a1"},
          {ends, 1.2, anna, "a1", "c1"},
          asked(15, "other", "a1"),
          {ends, 15.2, anna, "a1", "c2"}},
         "what it asks for after a connection is another name: it goes on"},
        {{asked(1, "_sipinternaltls._tcp.contoso.test", "a1"),
          asked(1.1, "sip.contoso.test", "a1"),
          {ends, 1.2, anna, "a1", "c1"},
          asked(1.4, "sip.contoso.test", "a1"),
          asked(15, "_SIPinternaltls._tcp.contoso.test", "a2"),
          asked(15.1, "sip.contoso.test", "a2"),
          {says, 15.2, anna, "a2", "c2", "alice@contoso.test"},
          {ends, 15.2, anna, "a2", "c2"},
          asked(16, "_sipinternaltls._tcp.contoso.test", "a3"),
          {says, 16.2, anna, "a3", "c3", "alice@contoso.test"}},
         "the first name again, after a connection: it begins anew"},
        {{asked(1, "sip.contoso.test", "a1"),
          asked(2, "sip.contoso.test", "a1"),
          asked(3, "sip.contoso.test", "a1"),
          {ends, 3.2, anna, "a1", "c1"}},
         "a resolver that asks again is no new beginning"},
        {{asked(1, "sip.contoso.test", "a1"),
          {waits, 1.2, anna, "a1", "c1"},
          {ends, 1.3, anna, "a1", "c2"},
          asked(2, "sip.contoso.test", "a1"),
          {ends, 1.2, anna, "a1", "c1", "", 3},
          asked(5, "sip.contoso.test", "a2")},
         "nor is a look-up beside a connection that is open"},
        {{{ends, 1, anna, "a1", "c1"}, {ends, 2, anna, "a1", "c2"}, asked(3, "sip.contoso.test", "a2")},
         "look-ups come before connections, so one after them begins another story"},
        {{{asks, 1, forwarder, "a1", "", "", 0, "sip.contoso.test"},
          {ends, 2, anna, "a1", "c1"},
          {asks, 3, forwarder, "a2", "", "", 0, "sip.contoso.test"},
          {ends, 4, anna, "a2", "c2"}},
         "behind a forwarder, too"},
        {{asked(1.1, "sipinternal.contoso.test", "a1"),
          {ends, 1.2, anna, "a1", "c1"},
          asked(1, "_sipinternaltls._tcp.contoso.test", "a1"),
          asked(1.15, "sipinternal.contoso.test", "a1"),
          asked(9, "_sipinternaltls._tcp.contoso.test", "a2")},
         "what was asked first counts, not what was answered first"},
        {{{asks, 1, forwarder, "a1", "", "", 0, "sip.contoso.test"},
          {says, 2, anna, "a1", "c1", "bob@contoso.test"},
          {ends, 2, anna, "a1", "c1"},
          {asks, 3, forwarder, "a2", "", "", 0, "sip.contoso.test"},
          {says, 4, anna, "a2", "c2", "alice@contoso.test"},
          {says, 5, anna, "a1", "c3", "bob@contoso.test"}},
         "behind a forwarder another user's attempt is not joined"},
        {{{ends, 1, anna, "a1", "c1"}, {ends, 1.01, anna, "a1", "c2"}, {ends, 1.02, anna, "a1", "c3"}},
         "a browser opens three connections"},
        {{{asks, 1, anna, "a1"}, {ends, 1.2, anna, "a1", "c1"}, {asks, 32, anna, "a2"}},
         "30 s of quiet end an attempt"},
        {{{asks, 1, anna, "a1"},
          {asks, 1, ben, "a2"},
          {ends, 2, anna, "a1", "c1"},
          {ends, 2, ben, "a2", "c2"}},
         "two clients at the same time"},
        {{{asks, 1, "::ffff:192.168.56.20", "a1"}, {ends, 2, anna, "a1", "c1"}},
         "a socket for both families writes IPv4 addresses its own way"},
        {{{asks, 1, anna, "a1"},
          {waits, 1.2, anna, "a1", "c1", "", 2},
          {asks, 90, anna, "a2"},
          {says, 95, anna, "a1", "c1", "alice@contoso.test"},
          {ends, 1.2, anna, "a1", "c1", "", 100}},
         "a connection keeps the attempt of its provisional record and its messages"},
        {{{asks, 100, anna, "a1"}, {ends, 1, anna, "a2", "c1", "", 100}, {ends, 101, anna, "a1", "c2"}},
         "a record that comes late is put where its connection began"},
        {{{asks, 10, anna, "a1"}, {ends, 8, anna, "a1", "c1", "", 4}},
         "a connection that began a little before the first look-up"},
        {{{asks, 1, anna, "a1"},
          {says, 2, anna, "a1", "c1", "alice@contoso.test"},
          {says, 2.1, anna, "a2", "c2", "Bob@contoso.test"},
          {says, 2.2, anna, "a2", "c2", "bob@contoso.test"},
          {says, 2.3, anna, "a1", "c3", "alice@contoso.test"},
          {ends, 2, anna, "a1", "c1"},
          {ends, 2.1, anna, "a2", "c2"}},
         "two users behind one address are told apart where a message names them"},
        {{{asks, 1, anna, "a1"},
          {says, 2, anna, "a1", "c1", "alice@contoso.test"},
          {says, 2.1, anna, "a2", "c2", "bob@contoso.test"},
          {asks, 3, anna, "a2"}},
         "what comes without a user goes to the one that began last"},
        {{{says, 1, anna, "a1", "c1", ""}, {says, 1.1, anna, "a1", "c1", "alice@contoso.test"}},
         "a NEGOTIATE names nobody"},
        {{{asks, 1, forwarder, "a1"},
          {says, 2, anna, "a1", "c1", "alice@contoso.test"},
          {ends, 2, anna, "a1", "c1"},
          {asks, 3, forwarder, "a1", "", "", 0, "other"}},
         "one client behind a forwarder joins its look-ups"},
        {{{asks, 1, forwarder, "a1"}, {ends, 2, anna, "a1", "c1"}, {ends, 2.1, ben, "a2", "c2"}},
         "a second client behind it does not"},
        {{{asks, 1, ben, "a1"}, {ends, 2, anna, "a2", "c1"}}, "an address that is no forwarder is a client"},
        {{{asks, 1, anna, "a1"},
          {ends, 1, anna, "a1", "c1", "", 290},
          asked(295, "other", "a1"),
          {asks, 302, anna, "a2"}},
         "an attempt is no longer than five minutes"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Attempts attempts(options());
        for (const Step& step : row.story) {
            CAPTURE(step.at);
            CHECK(joined(attempts, step) == step.attempt);
        }
    }
}

TEST_CASE("attempts: ids carry the prefix that makes them unique over restarts") {
    AttemptOptions made;
    made.prefix = "20261124T055900-1f3a-";
    Attempts attempts(made);
    CHECK(joined(attempts, {asks, 1, anna, ""}) == "20261124T055900-1f3a-a1");
}

TEST_CASE("attempts: the client that was quiet longest is forgotten first") {
    AttemptOptions made;
    made.clients = 2;
    Attempts attempts(made);
    CHECK(joined(attempts, {asks, 1, "10.0.0.1", ""}) == "a1");
    CHECK(joined(attempts, {asks, 2, "10.0.0.2", ""}) == "a2");
    CHECK(joined(attempts, {asks, 3, "10.0.0.1", ""}) == "a1");
    CHECK(joined(attempts, {asks, 4, "10.0.0.3", ""}) == "a3");
    CHECK(joined(attempts, {asks, 5, "10.0.0.1", ""}) == "a1");
    CHECK(joined(attempts, {asks, 6, "10.0.0.2", ""}) == "a4");
}

TEST_CASE("attempts: what is under way for an address, without a change to anything") {
    Attempts attempts(options());
    CHECK(attempts.under_way(anna, second(0)).empty());
    const std::string first = joined(attempts, {Step::asks, 1, anna, ""});
    CHECK(attempts.under_way(anna, second(2)) == first);
    CHECK(attempts.under_way("::ffff:" + std::string(anna), second(2)) == first);
    CHECK(attempts.under_way(ben, second(2)).empty());
    for (int i = 0; i < 3; ++i) CHECK(attempts.under_way(anna, second(1 + 31)).empty());
    // Had asking kept it alive, this would be the first one still.
    const std::string next = joined(attempts, {Step::asks, 40, anna, ""});
    CHECK(next != first);
    CHECK(attempts.under_way(anna, second(41)) == next);
    CHECK(attempts.under_way(anna, second(1)) == first);  // a record may come late
}
