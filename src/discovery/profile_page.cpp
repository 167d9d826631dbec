#include "discovery/profile_page.hpp"

#include <algorithm>
#include <array>

#include "discovery/sources.hpp"

namespace ocs::discovery {
namespace {

constexpr std::string_view head =
    "# What each client does\n"
    "\n"
    "This page is printed by `fakeocs profiles --markdown`, and a test holds the two together: change the "
    "data\n"
    "in `src/discovery/profiles_*.cpp`, not this page. `<dom>` is the SIP domain, the part behind the `@`.\n"
    "`%1` is the domain or server a text names, `%2` the server or the expected host name.\n"
    "\n"
    "Marks: `2+` two sources or more; `1` one source; `inf` inferred from the sources named or from how the\n"
    "protocol works; `unv` recalled, no source found; `unknown` no source says, and the value is only what\n"
    "this tool does instead. Numbers in brackets are the sources at the end.\n"
    "\n"
    "Where a client was not watched, its profile is what documents say of it: a hypothesis to hold against "
    "the\n"
    "real program.\n";

std::string cell(std::string_view text) {
    std::string escaped;
    for (char c : text) {
        if (c == '|') escaped += '\\';
        if (c == '<') {
            escaped += "&lt;";
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string table_row(std::initializer_list<std::string_view> cells) {
    std::string line = "|";
    for (std::string_view text : cells) line += " " + cell(text) + (text.empty() ? "|" : " |");
    return line + "\n";
}

template <class T>
std::string brief(const Datum<T>& datum) {
    const std::string value(to_string(datum.value));
    return datum.confidence == Confidence::unknown ? value + " (unknown)" : value;
}

std::string overview(std::span<const ClientProfile> profiles) {
    std::string text =
        "\n| profile | client | stops | domain rule | name policy | SNI | TLS "
        "|\n|---|---|---|---|---|---|---|\n";
    for (const ClientProfile& profile : profiles) {
        const std::string name = "`" + profile.name + "`";
        std::string sni = profile.sends_sni.value ? "yes" : "no";
        if (profile.sends_sni.confidence == Confidence::unknown) sni += " (unknown)";
        text += table_row({name,
                           profile.title,
                           brief(profile.stop),
                           brief(profile.domain_rule),
                           brief(profile.name_policy),
                           sni,
                           brief(profile.tls)});
    }
    return text;
}

}  // namespace

std::string profile_list(std::span<const ClientProfile> profiles) {
    std::size_t width = 0;
    std::size_t title_width = 0;
    for (const ClientProfile& profile : profiles) {
        width = std::max(width, profile.name.size());
        title_width = std::max(title_width, profile.title.size());
    }
    std::string text;
    for (const ClientProfile& profile : profiles) {
        text += profile.name + std::string(width + 2 - profile.name.size(), ' ') + profile.title +
                std::string(title_width + 2 - profile.title.size(), ' ') +
                std::string(to_string(profile.stop.value)) + "\n";
    }
    return text;
}

std::string profile_text(const ClientProfile& profile) {
    const std::vector<ProfileRow> rows = describe(profile);
    std::size_t width = 0;
    for (const ProfileRow& row : rows) width = std::max(width, row.what.size());
    std::string text = profile.name + ": " + profile.title + "\n\n";
    for (const ProfileRow& row : rows) {
        std::string mark = "(" + std::string(to_string(row.confidence)) + ")";
        if (!row.source.empty()) mark += " " + row.source;
        text += row.what + std::string(width + 2 - row.what.size(), ' ') + row.value + "  " + mark + "\n";
        if (!row.note.empty()) text += std::string(width + 4, ' ') + row.note + "\n";
    }
    return text;
}

std::string profiles_markdown(std::span<const ClientProfile> profiles) {
    std::string text(head);
    text += overview(profiles);
    for (const ClientProfile& profile : profiles) {
        text += "\n## " + profile.name + ": " + profile.title + "\n\n";
        text += "| what | value | mark | source | note |\n|---|---|---|---|---|\n";
        for (const ProfileRow& row : describe(profile)) {
            text += table_row({row.what, row.value, to_string(row.confidence), row.source, row.note});
        }
    }
    text += "\n## Sources\n\n";
    for (const Source& source : sources()) {
        text += "- [" + std::string(source.key) + "] " + std::string(source.title) + "\n";
    }
    return text;
}

}  // namespace ocs::discovery
