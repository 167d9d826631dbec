#include "apps/common.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <iostream>

#include "core/escape.hpp"
#include "pki/state_folder.hpp"

namespace ocs::apps {

int print_error(const Error& error) {
    fmt::print(stderr, "fakeocs: {}", to_block(error));
    return 2;
}

int print_errors(const std::vector<Error>& errors) {
    for (const Error& error : errors) print_error(error);
    return 2;
}

Result<std::uint16_t> parse_port(std::string_view text, std::string_view what) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port > 65535) {
        return Error{fmt::format("found port {}, expected a number from 0 to 65535", ocs::quoted(text)),
                     std::string(what),
                     ""};
    }
    return static_cast<std::uint16_t>(port);
}

Result<Endpoint> parse_endpoint(std::string_view text, const Endpoint& fallback, std::string_view what) {
    Endpoint endpoint = fallback;
    std::string_view address = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        address = end == std::string_view::npos ? text : text.substr(1, end - 1);
        const std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + 1);
        if (rest.starts_with(':')) port = rest.substr(1);
    } else if (const std::size_t colon = text.find(':');
               colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        address = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    if (!address.empty()) {
        auto parsed = IpAddress::parse(address);
        if (parsed.has_error()) {
            return Error{fmt::format("found {}, expected ADDRESS or ADDRESS:PORT", ocs::quoted(text)),
                         std::string(what),
                         "a host name does not do here"};
        }
        endpoint.address = *parsed;
    }
    if (!port.empty()) {
        auto parsed = parse_port(port, what);
        if (parsed.has_error()) return parsed.error();
        endpoint.port = *parsed;
    }
    return endpoint;
}

std::filesystem::path state_dir(const std::string& flag) {
    return pki::default_state_path(flag.empty() ? std::nullopt : std::optional(flag));
}

std::string state_dir_to_print(const std::filesystem::path& folder) {
    return folder == pki::default_state_path(std::nullopt) ? std::string() : folder.string();
}

bool ask_yes_or_no(const std::string& question) {
    if (isatty(0) == 0) return false;
    fmt::print(stderr, "{} [y/N] ", question);
    std::string line;
    if (!std::getline(std::cin, line)) return false;
    return equal_ignoring_case(line, "y") || equal_ignoring_case(line, "yes");
}

bool colour_on_stdout() { return isatty(1) != 0 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace ocs::apps
