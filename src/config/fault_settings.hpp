#pragma once
// Faults from words: those of the `faults:` section, and those the API takes, by the same rules.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "record/fault.hpp"
#include "yaml/reader.hpp"

namespace ocs::config {

struct Settings;

inline constexpr std::int64_t longest_wait_ms = 60'000;
inline constexpr std::int64_t most_bytes_per_second = 1'000'000;
inline constexpr std::int64_t most_struck = 1'000'000'000;
inline constexpr std::int64_t longest_fault_seconds = 86'400;

/// A fault as it is written; what is left out is empty. Numbers have been held against their ranges.
struct FaultFields {
    std::string fault;  ///< a kind, or "unrecognized_name": the alert of that name
    std::string at, alert, of, answer, home;
    std::string host, name, listener;
    std::optional<std::int64_t> delay_ms, bytes_per_second, next, seconds;
};

/// What is wrong with it, and which key is to blame.
struct FaultProblem {
    std::string key;
    Error error;
};

/// Reads the words. Empty: `fault` holds it.
std::optional<FaultProblem> make_fault(const FaultFields& fields, record::Fault& fault);
/// Whether there are such hosts and listeners, and their certificates can be what is asked for.
std::optional<FaultProblem> check_fault(const record::Fault& fault, const Settings& settings);

/// An alert by its name in the RFCs or its number: 1 to 255, since 0 refuses nothing.
Result<std::uint8_t> parse_alert(std::string_view text);

/// The words there are, for help and forms.
const std::vector<std::string>& fault_words();   ///< of `fault`
const std::vector<std::string>& answer_words();  ///< of `answer`

// As they are written.
std::string answer_word(int status);
std::string home_text(const record::Fault& fault);  ///< empty: it has none

void read_faults(const yaml::Value& value, std::vector<record::Fault>& faults);
/// The items of `value`, once hosts and listeners are known.
void check_faults(const yaml::Value& value, const Settings& settings);

}  // namespace ocs::config
