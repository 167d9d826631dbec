#include "config/fault_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "config/fields.hpp"
#include "config/settings.hpp"
#include "core/escape.hpp"
#include "core/host_name.hpp"
#include "core/ip_address.hpp"
#include "core/nearest.hpp"
#include "record/alerts.hpp"
#include "record/armed_faults.hpp"
#include "record/connection_record.hpp"

namespace ocs::config {
namespace {

using record::Fault;
using record::FaultKind;
using record::FaultPoint;
using yaml::Map;
using yaml::Value;

constexpr std::string_view minted_host = "minted";  // as records call it: tls/minted_host.hpp

std::string joined(std::span<const std::string> words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

/// "unknown word: found 'clos', expected one of …", and the nearest one as a hint.
Error unknown(std::string_view word, std::span<const std::string> known, const char* what = "unknown word") {
    const auto close = nearest(word, known);
    Error error(what, "", close ? "did you mean " + ocs::quoted(*close) + "?" : "");
    error.found = ocs::quoted(word);
    error.expected = "one of " + joined(known);
    return error;
}

const std::vector<std::string>& point_words() {
    static const std::vector<std::string> words = {"accept", "hello", "certificate", "finished"};
    return words;
}

std::optional<std::size_t> index_of(std::string_view word, const std::vector<std::string>& words) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<std::size_t>(found - words.begin());
}

std::vector<std::string> alert_names() {
    std::vector<std::string> names;
    for (int code = 1; code < 256; ++code) {
        const auto name = record::alert_name(static_cast<std::uint8_t>(code));
        if (name != "unassigned") names.emplace_back(name);
    }
    return names;
}

/// What a kind is told by, in the order of FaultKind.
constexpr std::array<std::string_view, record::fault_kind_count> told_by = {
    "delay_ms", "at", "at", "alert", "of", "", "bytes_per_second", "answer"};

/// Keys that go with some kinds only, and whether they are there.
std::vector<std::pair<std::string_view, bool>> particulars(const FaultFields& fields) {
    return {{"delay_ms", fields.delay_ms.has_value()},
            {"at", !fields.at.empty()},
            {"alert", !fields.alert.empty()},
            {"of", !fields.of.empty()},
            {"bytes_per_second", fields.bytes_per_second.has_value()},
            {"answer", !fields.answer.empty()}};
}

std::string kinds_told_by(std::string_view key) {
    std::string kinds;
    for (std::size_t i = 0; i < told_by.size(); ++i) {
        if (told_by[i] != key) continue;
        kinds += (kinds.empty() ? "" : " or ") + std::string(to_string(static_cast<FaultKind>(i)));
    }
    return kinds;
}

std::optional<FaultProblem> check_particulars(const FaultFields& fields, std::string_view needed) {
    for (const auto& [key, is_there] : particulars(fields)) {
        if (key == needed && !is_there)
            return FaultProblem{"fault", Error{fmt::format("fault: {} needs {}", fields.fault, key), "", ""}};
        if (key == needed || !is_there) continue;
        const std::string what =
            fmt::format("{} goes with fault: {}, and only with it", key, kinds_told_by(key));
        return FaultProblem{std::string(key), Error{what, "", ""}};
    }
    return std::nullopt;
}

/// "home.contoso.test", "home.contoso.test:5061", "[2001:db8::1]:5061"
bool read_home(std::string_view text, Fault& fault) {
    const std::size_t colon = text.rfind(':');
    const bool bracketed = text.starts_with('[');
    const bool has_port = colon != std::string_view::npos &&
                          (bracketed ? colon > 0 && text[colon - 1] == ']' : text.find(':') == colon);
    if (has_port) {
        const std::string_view digits = text.substr(colon + 1);
        const auto [end, code] =
            std::from_chars(digits.data(), digits.data() + digits.size(), fault.home_port);
        if (code != std::errc() || end != digits.data() + digits.size() || fault.home_port == 0) return false;
        text = text.substr(0, colon);
    }
    if (bracketed && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (const auto address = IpAddress::parse(text); address.has_value()) {
        fault.home = address->text();
        return true;
    }
    const auto name = HostName::parse(text);
    if (name.has_value()) fault.home = name->text();
    return name.has_value();
}

constexpr std::array<int, 5> statuses = {301, 403, 404, 503, 0};  // of answer_words()

std::optional<FaultProblem> read_answer(const FaultFields& fields, Fault& fault) {
    const auto index = index_of(fields.answer, answer_words());
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        const bool is_number = statuses[i] != 0 && fields.answer == std::to_string(statuses[i]);
        if (index == i || is_number) {
            fault.status = statuses[i];
            if ((fault.status == 301) == fields.home.empty()) {
                return FaultProblem{fields.home.empty() ? "answer" : "home",
                                    Error{"home goes with answer: redirect, and only with it",
                                          "",
                                          "home: pool02.contoso.test, where the client is sent"}};
            }
            if (fields.home.empty() || read_home(fields.home, fault)) return std::nullopt;
            return FaultProblem{"home",
                                Error{ocs::quoted(fields.home) + " is neither a name nor an address",
                                      "",
                                      "home.contoso.test or home.contoso.test:5061"}};
        }
    }
    return FaultProblem{"answer", unknown(fields.answer, answer_words())};
}

std::optional<FaultProblem> read_particulars(const FaultFields& fields, Fault& fault) {
    if (fault.kind != FaultKind::registration && !fields.home.empty())
        return FaultProblem{"home", Error{"home goes with fault: register, and only with it", "", ""}};
    switch (fault.kind) {
        case FaultKind::wait:
            fault.delay = std::chrono::milliseconds(*fields.delay_ms);
            return std::nullopt;
        case FaultKind::close:
        case FaultKind::reset: {
            const auto point = index_of(fields.at, point_words());
            if (!point) return FaultProblem{"at", unknown(fields.at, point_words())};
            fault.at = static_cast<FaultPoint>(*point);
            return std::nullopt;
        }
        case FaultKind::alert: {
            const auto alert =
                parse_alert(fields.alert.empty() ? std::string_view(fields.fault) : fields.alert);
            if (alert.has_error()) return FaultProblem{"alert", alert.error()};
            fault.alert = *alert;
            return std::nullopt;
        }
        case FaultKind::certificate:
            fault.shown = fields.of;
            return std::nullopt;
        case FaultKind::expired:
            return std::nullopt;
        case FaultKind::slow:
            fault.bytes_per_second = static_cast<int>(*fields.bytes_per_second);
            return std::nullopt;
        case FaultKind::registration:
            return read_answer(fields, fault);
    }
    return std::nullopt;
}

std::optional<FaultProblem> read_scope(const FaultFields& fields, Fault& fault) {
    fault.host = fields.host;
    fault.listener = fields.listener;
    if (!fields.name.empty()) {
        auto name = HostName::parse(fields.name);
        if (name.has_error()) return FaultProblem{"name", name.error()};
        fault.name = name->text();
    }
    const bool knows_little = moment_of(fault) == record::FaultMoment::accept;
    if (knows_little && (!fields.name.empty() || !fields.host.empty())) {
        return FaultProblem{fields.name.empty() ? "host" : "name",
                            Error{"at accept nobody knows yet which name the client wants, or which host "
                                  "answers",
                                  "",
                                  "at: hello, or listener in place of name and host"}};
    }
    return std::nullopt;
}

std::vector<std::string> ids_of(const Settings& settings) {
    std::vector<std::string> ids;
    for (const HostSettings& host : settings.hosts) ids.push_back(host.id);
    return ids;
}

bool any_mints(const Settings& settings) {
    return std::any_of(settings.listeners.begin(), settings.listeners.end(), [](const auto& listener) {
        return listener.unknown_names == UnknownNames::mint;
    });
}

std::optional<FaultProblem> check_host(const char* key, const std::string& id, const Settings& settings) {
    const auto ids = ids_of(settings);
    if (id.empty() || std::find(ids.begin(), ids.end(), id) != ids.end()) return std::nullopt;
    const auto close = nearest(id, ids);
    Error error("no host has this id", "", close ? "did you mean " + ocs::quoted(*close) + "?" : "");
    error.found = ocs::quoted(id);
    return FaultProblem{key, std::move(error)};
}

}  // namespace

const std::vector<std::string>& fault_words() {
    static const std::vector<std::string> words = {
        "wait", "close", "reset", "alert", "certificate", "expired", "slow", "register", "unrecognized_name"};
    return words;
}

const std::vector<std::string>& answer_words() {
    static const std::vector<std::string> words = {
        "redirect", "forbidden", "not-found", "unavailable", "never"};
    return words;
}

std::string answer_word(int status) {
    const auto found = std::find(statuses.begin(), statuses.end(), status);
    return answer_words().at(static_cast<std::size_t>(found - statuses.begin()));
}

std::string home_text(const Fault& fault) {
    if (fault.home.empty() || fault.home_port == 0) return fault.home;
    return record::to_string(record::Endpoint{fault.home, fault.home_port});
}

Result<std::uint8_t> parse_alert(std::string_view text) {
    int number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code == std::errc() && end == text.data() + text.size()) {
        if (number >= 1 && number <= 255) return static_cast<std::uint8_t>(number);
        return Error{ocs::quoted(text) + " is no alert that refuses",
                     "",
                     number == 0 ? "fault: close says close_notify after Finished" : "1 to 255"};
    }
    for (int known = 1; known < 256; ++known) {
        const auto name = record::alert_name(static_cast<std::uint8_t>(known));
        if (name != "unassigned" && name == text) return static_cast<std::uint8_t>(known);
    }
    const auto close = nearest(text, alert_names());
    return Error{ocs::quoted(text) + " is no alert",
                 "",
                 close ? "did you mean " + ocs::quoted(*close) + "?"
                       : "such as handshake_failure, unknown_ca, or a number from 1 to 255"};
}

std::optional<FaultProblem> make_fault(const FaultFields& fields, Fault& fault) {
    const auto word = index_of(fields.fault, fault_words());
    if (!word) return FaultProblem{"fault", unknown(fields.fault, fault_words())};
    const bool by_name = *word >= record::fault_kind_count;  // "unrecognized_name"
    fault.kind = by_name ? FaultKind::alert : static_cast<FaultKind>(*word);
    if (auto problem = check_particulars(fields, by_name ? "" : told_by[*word])) return problem;
    if (auto problem = read_particulars(fields, fault)) return problem;
    if (auto problem = read_scope(fields, fault)) return problem;
    if (fields.next) fault.remaining = static_cast<std::uint64_t>(*fields.next);
    if (fields.seconds) fault.lasting = std::chrono::seconds(*fields.seconds);
    return std::nullopt;
}

std::optional<FaultProblem> check_fault(const Fault& fault, const Settings& settings) {
    if (fault.host != minted_host || !any_mints(settings)) {
        if (auto problem = check_host("host", fault.host, settings)) return problem;
    }
    if (auto problem = check_host("of", fault.shown, settings)) return problem;
    if (!fault.shown.empty() && fault.shown == fault.host)
        return FaultProblem{"of", Error{"that is the certificate it shows anyway", "", "name another host"}};
    if (fault.kind == FaultKind::expired && !fault.host.empty()) {
        for (const HostSettings& host : settings.hosts) {
            if (host.id != fault.host || host.generate) continue;
            return FaultProblem{"host",
                                Error{"the lab cannot make the certificate of " + ocs::quoted(host.id) +
                                          " again: it was loaded",
                                      "",
                                      "a host with generate: can be shown expired"}};
        }
    }
    if (fault.listener.empty()) return std::nullopt;
    std::vector<std::string> names;
    for (const ListenerSettings& listener : settings.listeners) names.push_back(listener.name);
    if (std::find(names.begin(), names.end(), fault.listener) != names.end()) return std::nullopt;
    return FaultProblem{"listener", unknown(fault.listener, names, "no listener has this name")};
}

void read_faults(const Value& value, std::vector<Fault>& faults) {
    for (const Value& item : value.list()) {
        FaultFields fields;
        Map map(item);
        if (const auto word = map.require("fault")) {
            if (auto text = word->string()) fields.fault = std::move(*text);
        }
        for (const auto& [key, target] : {std::pair("at", &fields.at),
                                          std::pair("alert", &fields.alert),
                                          std::pair("of", &fields.of),
                                          std::pair("answer", &fields.answer),
                                          std::pair("home", &fields.home),
                                          std::pair("host", &fields.host),
                                          std::pair("name", &fields.name),
                                          std::pair("listener", &fields.listener)}) {
            read_text(map, key, *target);
        }
        const auto read_count = [&map](
                                    const char* key, std::int64_t most, std::optional<std::int64_t>& into) {
            if (const auto number = map.find(key)) into = number->integer(1, most);
        };
        const std::size_t before = item.problems().size();
        read_count("delay_ms", longest_wait_ms, fields.delay_ms);
        read_count("bytes_per_second", most_bytes_per_second, fields.bytes_per_second);
        read_count("next", most_struck, fields.next);
        read_count("seconds", longest_fault_seconds, fields.seconds);
        map.finish();
        Fault fault;
        fault.from_file = true;
        fault.place = item.place();
        if (item.problems().surveying() || fields.fault.empty() || item.problems().size() != before) {
            faults.push_back(std::move(fault));  // keeps its place in the list
            continue;
        }
        if (auto problem = make_fault(fields, fault)) item.at(problem->key).fail(std::move(problem->error));
        faults.push_back(std::move(fault));
    }
}

void check_faults(const Value& value, const Settings& settings) {
    const auto items = value.list();
    for (std::size_t i = 0; i < items.size() && i < settings.faults.size(); ++i) {
        if (auto problem = check_fault(settings.faults[i], settings))
            items[i].at(problem->key).fail(std::move(problem->error));
        const auto earlier =
            std::find_if(settings.faults.begin(), settings.faults.end(), [&](const Fault& other) {
                return record::takes_place_of(settings.faults[i], other);
            });
        if (earlier - settings.faults.begin() < static_cast<std::ptrdiff_t>(i) &&
            earlier != settings.faults.end())
            items[i].fail("an earlier fault strikes the same connections at the same moment",
                          "a connection is struck by one fault");
    }
    if (settings.faults.size() > record::most_faults)
        value.fail(fmt::format("more than {} faults", record::most_faults));
}

}  // namespace ocs::config
