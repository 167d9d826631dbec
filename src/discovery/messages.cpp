#include "discovery/messages.hpp"

#include <algorithm>

#include "core/escape.hpp"

namespace ocs::discovery {
namespace {

/// "event 4", "events 1 and 4 (probably)".
std::string event_list(const std::vector<EventEntry>& events) {
    std::string text;
    for (const EventEntry& event : events) {
        const bool sure = event.confidence != Confidence::unverified;
        text +=
            (text.empty() ? "event " : " and ") + std::to_string(event.id) + (sure ? "" : " (unverified)");
    }
    return text;
}

}  // namespace

std::string fill_in(std::string_view text, std::string_view first, std::string_view second) {
    std::string filled;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool placeholder =
            text[i] == '%' && i + 1 < text.size() && (text[i + 1] == '1' || text[i + 1] == '2');
        if (!placeholder) {
            filled += text[i];
            continue;
        }
        filled += visible(text[++i] == '1' ? first : second);
    }
    return filled;
}

std::vector<EventEntry> event_entries(const std::vector<EventTemplate>& templates,
                                      std::string_view first,
                                      std::string_view second) {
    std::vector<EventEntry> entries;
    entries.reserve(templates.size());
    for (const EventTemplate& one : templates) {
        entries.push_back({one.id, fill_in(one.text, first, second), one.source, one.confidence, one.note});
    }
    return entries;
}

Datum<std::string> screen_template(const ClientProfile& profile, Ending ending) {
    const auto found = std::find_if(profile.screen.begin(),
                                    profile.screen.end(),
                                    [&](const ScreenText& text) { return text.ending == ending; });
    return found == profile.screen.end() ? Datum<std::string>{} : found->text;
}

Datum<std::string> screen_text(const ClientProfile& profile,
                               Ending ending,
                               std::string_view sip_domain,
                               std::string_view server) {
    Datum<std::string> text = screen_template(profile, ending);
    text.value = fill_in(text.value, sip_domain, server);
    return text;
}

ClientWords words_at(const ClientProfile& profile, std::string_view looked_up, bool covered) {
    ClientWords words;
    words.accepts = covered;
    if (covered) {
        words.sentence = profile.title + " finds the name it wants and goes on to sign in";
        return words;
    }
    words.events = event_entries(profile.events.name_mismatch, looked_up, looked_up);
    if (profile.bad_certificate.value == CertificateReaction::ask) {
        words.sentence = profile.title + " asks its user here whether to accept the certificate";
        return words;
    }
    words.stops = profile.stop.value != StopRule::continue_on_error;
    if (words.stops) {
        words.screen = screen_text(profile, Ending::name_mismatch, "", looked_up);
        words.sentence = profile.title + " stops here";
    } else {
        words.sentence = profile.title + " gives this server up and goes on with its list";
    }
    if (!words.events.empty()) words.sentence += ", " + event_list(words.events);
    return words;
}

}  // namespace ocs::discovery
