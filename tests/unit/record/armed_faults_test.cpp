#include "record/armed_faults.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace ocs;
using namespace ocs::record;

namespace {

const MonotonicTime start{Micros{1'000'000}};

Fault closing(const std::string& host = "", const std::string& name = "", const std::string& listener = "") {
    Fault fault;
    fault.host = host;
    fault.name = name;
    fault.listener = listener;
    return fault;
}

FaultOccasion at_hello(std::string_view host, std::string_view name, std::string_view listener = "tls-1") {
    FaultOccasion occasion;
    occasion.host = host;
    occasion.name = name;
    occasion.listener = listener;
    return occasion;
}

std::uint64_t struck_by(ArmedFaults& armed, const FaultOccasion& occasion) {
    const auto fault = armed.strike(occasion, start);
    return fault ? fault->id : 0;
}

}  // namespace

TEST_CASE("armed faults: of those that fit, the one that says most strikes") {
    ArmedFaults armed;
    armed.arm(closing("", "", "tls-1"), start).value();
    armed.arm(closing(), start).value();
    armed.arm(closing("a"), start).value();
    armed.arm(closing("", "sip.test"), start).value();
    armed.arm(closing("a", "sip.test"), start).value();
    struct Row {
        FaultOccasion occasion;
        std::uint64_t id;
        std::string why;
    };
    const Row rows[] = {
        {at_hello("b", "x.test", "tls-2"), 2, "only the one for everybody"},
        {at_hello("b", "x.test"), 1, "a listener is more than nothing"},
        {at_hello("a", "x.test"), 3, "a host before a listener"},
        {at_hello("b", "SIP.test"), 4, "a name before a host, case does not matter"},
        {at_hello("a", "sip.test"), 5, "both before one"},
        {at_hello("", ""), 1, "nobody answers, no name known"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(struck_by(armed, row.occasion) == row.id);
    }
    CHECK(armed.lift(5, start).has_value());
    CHECK(struck_by(armed, at_hello("a", "sip.test")) == 4);  // a name before a host, where both fit
}

TEST_CASE("armed faults: each strikes at its own moment, and what cannot be is not struck") {
    ArmedFaults armed;
    Fault fault = closing();
    fault.at = FaultPoint::accept;
    armed.arm(fault, start).value();
    fault.kind = FaultKind::registration;
    armed.arm(fault, start).value();
    fault.kind = FaultKind::certificate;
    fault.shown = "b";
    armed.arm(fault, start).value();
    fault.kind = FaultKind::expired;
    fault.name = "sip.test";
    armed.arm(fault, start).value();
    FaultOccasion occasion = at_hello("a", "x.test");
    CHECK(struck_by(armed, occasion) == 3);
    occasion.moment = FaultMoment::accept;
    CHECK(struck_by(armed, occasion) == 1);
    occasion.moment = FaultMoment::registration;
    CHECK(struck_by(armed, occasion) == 2);
    CHECK(struck_by(armed, at_hello("b", "x.test")) == 0);  // shows that certificate anyway
    occasion = at_hello("", "x.test");
    occasion.has_host = false;
    CHECK(struck_by(armed, occasion) == 0);  // no certificate would be shown
    occasion = at_hello("a", "sip.test");
    CHECK(struck_by(armed, occasion) == 4);
    occasion.can_expire = false;
    CHECK(struck_by(armed, occasion) == 3);  // the next best
}

TEST_CASE("armed faults: arming again replaces, by hand and by the file apart") {
    ArmedFaults armed;
    Fault fault = closing("a");
    fault.remaining = 1;
    armed.replace_those_of_file({fault}, start);
    fault.remaining = 2;
    armed.arm(fault, start).value();
    fault.kind = FaultKind::reset;
    fault.remaining = 3;
    const Fault last = armed.arm(fault, start).value();
    auto all = armed.all(start);
    REQUIRE(all.size() == 2);
    CHECK(all[0].from_file);
    CHECK(all[1].id == last.id);
    CHECK(all[1].kind == FaultKind::reset);
    CHECK(struck_by(armed, at_hello("a", "")) == last.id);  // by hand first
    armed.replace_those_of_file({closing("b"), closing("c")}, start);
    all = armed.all(start);
    REQUIRE(all.size() == 3);
    CHECK(all[0].id == last.id);
    CHECK(all[0].remaining == std::uint64_t{2});
    CHECK(all[1].host == "b");
    CHECK(armed.lift_if([](const Fault& one) { return one.host == "b"; }).size() == 1);
    CHECK(armed.lift(last.id, start)->id == last.id);
    CHECK_FALSE(armed.lift(last.id, start).has_value());
    CHECK(armed.lift_all(start) == 1);
    CHECK(struck_by(armed, at_hello("c", "")) == 0);
}

TEST_CASE("armed faults: over by count, and over by time") {
    ArmedFaults armed;
    Fault fault = closing();
    fault.remaining = 2;
    armed.arm(fault, start).value();
    CHECK(armed.strike(at_hello("a", ""), start)->remaining == std::uint64_t{1});
    CHECK(armed.strike(at_hello("a", ""), start)->remaining == std::uint64_t{0});
    CHECK(armed.all(start).empty());
    fault.remaining.reset();
    fault.lasting = std::chrono::seconds(5);
    armed.arm(fault, start).value();
    const MonotonicTime almost = start + std::chrono::milliseconds(4999);
    CHECK(one_line(armed.all(almost).front(), almost) ==
          "every connection: close after the ClientHello, 1 s left");
    CHECK(armed.strike(at_hello("a", ""), almost)->struck == 1);
    const MonotonicTime end = start + std::chrono::seconds(5);
    CHECK_FALSE(armed.strike(at_hello("a", ""), end).has_value());
    CHECK(armed.all(end).empty());
    CHECK(armed.lift_all(end) == 0);
}

TEST_CASE("armed faults: a thousand, and one of them again, but no more") {
    ArmedFaults armed;
    for (std::size_t i = 0; i < most_faults; ++i) armed.arm(closing("h" + std::to_string(i)), start).value();
    CHECK(armed.arm(closing("more"), start).has_error());
    CHECK(armed.arm(closing("h7"), start).has_value());
}

TEST_CASE("armed faults: of connections on several threads exactly so many are struck") {
    ArmedFaults armed;
    constexpr int threads = 4, each = 2000;
    constexpr std::uint64_t wanted = 777;
    Fault fault = closing("a");
    fault.remaining = wanted;
    armed.arm(fault, start).value();
    std::atomic<std::uint64_t> struck{0}, last{0}, others{0};
    std::vector<std::thread> crowd;
    for (int i = 0; i < threads; ++i) {
        crowd.emplace_back([&] {
            for (int j = 0; j < each; ++j) {
                if (const auto one = armed.strike(at_hello("a", ""), start)) {
                    ++struck;
                    if (one->remaining == std::uint64_t{0}) ++last;
                }
            }
        });
    }
    // Somebody arms and lifts others meanwhile.
    crowd.emplace_back([&] {
        for (int j = 0; j < each; ++j) {
            const auto other = armed.arm(closing("b"), start);
            others += armed.all(start).size() > 2 ? 1U : 0U;
            armed.lift(other->id, start);
        }
    });
    for (std::thread& one : crowd) one.join();
    CHECK(struck == wanted);
    CHECK(last == 1);
    CHECK(others == 0);
    CHECK(armed.all(start).empty());
}

TEST_CASE("faults: every kind and point has its word, and every fault its line") {
    for (std::size_t i = 0; i < fault_kind_count; ++i) CHECK(to_string(static_cast<FaultKind>(i)) != "");
    Fault fault;
    fault.at = FaultPoint::certificate;
    fault.kind = FaultKind::reset;
    CHECK(one_line(fault, start) == "every connection: reset after the certificate, until lifted");
    fault.kind = FaultKind::alert;
    fault.alert = 40;
    fault.host = "front01";
    fault.name = "sip.test";
    fault.remaining = 3;
    CHECK(one_line(fault, start) ==
          "host front01, name sip.test: alert 40 handshake_failure in place of the certificate, next 3");
    fault.kind = FaultKind::registration;
    CHECK(summary(fault) == "REGISTER never answered");
    fault.status = 301;
    fault.home = "pool02.test";
    fault.home_port = 5063;
    CHECK(summary(fault) == "REGISTER answered 301 to pool02.test port 5063");
    fault.lasting = std::chrono::seconds(60);
    CHECK(one_line(fault, start).ends_with(", next 3, for 60 s"));
}
