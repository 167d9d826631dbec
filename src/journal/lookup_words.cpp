#include "journal/lookup_words.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "discovery/messages.hpp"

namespace ocs::journal {

namespace {

constexpr std::size_t most_names = 4;  // in a sentence; the list has them all

/// "sip.contoso.test, pool01.contoso.test and 3 more": what the certificate has instead.
std::string presented(const Explanation& explanation) {
    std::vector<std::string> names;
    for (const NameLine& line : explanation.names)
        if (std::find(names.begin(), names.end(), line.name) == names.end()) names.push_back(line.name);
    if (names.empty()) return "no name";
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most_names; ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most_names) text += " and " + std::to_string(names.size() - most_names) + " more";
    return text;
}

/// "Communicator 2007 stops here, event 4"; empty where the policy is no product's.
std::string client_words(const record::ConnectionRecord& record, bool covered) {
    if (record.policies.empty()) return "";
    const auto profile = discovery::find_profile(discovery::to_string(record.policies.front()));
    if (profile.has_error()) return "";
    return discovery::words_at(*profile, record.lookups->name, covered).sentence;
}

}  // namespace

void explain_lookups(Explanation& explanation, const record::ConnectionRecord& record) {
    if (!record.lookups) return;
    const record::NameEvidence& evidence = *record.lookups;
    if (evidence.name.empty()) {
        for (const std::string& reason : evidence.reasons)
            explanation.reasons.push_back("the wanted name is unknown: " + reason);
        if (!went_on(record.judgement.verdict) && !evidence.advice.empty())
            explanation.hint += (explanation.hint.empty() ? "" : "; ") + evidence.advice;
        return;
    }
    explanation.asked = evidence.asked + " (" + std::string(record::to_string(evidence.confidence)) + ")";
    if (explanation.covered.has_value() && !*explanation.covered) {
        explanation.asked += "; the certificate has " + presented(explanation);
        const std::string words = client_words(record, false);
        if (!words.empty()) explanation.asked += "; " + words;
    }
    for (const std::string& reason : evidence.reasons) explanation.reasons.push_back(reason);
}

}  // namespace ocs::journal
