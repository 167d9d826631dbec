#pragma once
// A second opinion on what this room writes: osip2's parser.

// osip2 has a macro of the name that doctest uses.
#pragma push_macro("REQUIRE")
#undef REQUIRE
#include <osipparser2/osip_parser.h>
#undef REQUIRE
#pragma pop_macro("REQUIRE")

#include <memory>
#include <string>
#include <string_view>

namespace ocs::sip {

struct OsipFree {
    void operator()(osip_message_t* message) const { osip_message_free(message); }
};
using OsipMessage = std::unique_ptr<osip_message_t, OsipFree>;

/// nullptr where osip2 does not accept the bytes.
inline OsipMessage osip_parse(std::string_view bytes) {
    static const int ready = parser_init();
    osip_message_t* raw = nullptr;
    if (ready != 0 || osip_message_init(&raw) != 0) return nullptr;
    OsipMessage message(raw);
    return osip_message_parse(raw, bytes.data(), bytes.size()) == 0 ? std::move(message) : nullptr;
}

/// A string that osip2 allocated, or "".
inline std::string taken(char* text) {
    std::string copy = text == nullptr ? "" : text;
    osip_free(text);
    return copy;
}

inline std::string parameter_of(osip_list_t& parameters, const char* name) {
    osip_generic_param_t* found = nullptr;
    std::string key = name;
    osip_generic_param_get_byname(&parameters, key.data(), &found);
    return found == nullptr ? "(none)" : (found->gvalue == nullptr ? "" : found->gvalue);
}

}  // namespace ocs::sip
