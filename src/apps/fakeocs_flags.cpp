#include "apps/fakeocs_flags.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "apps/common.hpp"
#include "apps/fakeocs_visit.hpp"
#include "config/load.hpp"
#include "core/escape.hpp"
#include "core/nearest.hpp"

namespace ocs::apps {
namespace {

std::string_view environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? "" : value;
}

/// Index of the word, or -1 with an error.
int word_index(const Setting& setting, const std::vector<std::string>& words, std::vector<Error>& errors) {
    const auto found = std::find(words.begin(), words.end(), setting.value);
    if (found != words.end()) return static_cast<int>(found - words.begin());
    const auto close = nearest(setting.value, words);
    Error error("unknown word", setting.where(), close ? "did you mean " + ocs::quoted(*close) + "?" : "");
    error.found = ocs::quoted(setting.value);
    for (const std::string& word : words)
        error.expected += (error.expected.empty() ? "one of " : ", ") + word;
    errors.push_back(std::move(error));
    return -1;
}

void apply_listen(const Setting& listen, config::Settings& settings, std::vector<Error>& errors) {
    const auto address = IpAddress::parse(listen.value);
    if (address.has_error()) {
        errors.emplace_back(address.error().what, listen.where(), address.error().hint);
        return;
    }
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        settings.listeners[i].address = *address;
        settings.origins[fmt::format("listeners[{}].address", i)] = listen.origin();
    }
}

void apply_port(const Setting& setting, config::Settings& settings, std::vector<Error>& errors) {
    const auto port = parse_port(setting.value, setting.where());
    if (port.has_error()) {
        errors.push_back(port.error());
        return;
    }
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        if (*port != 0 && i > 0) break;
        settings.listeners[i].port = *port;
        settings.origins[fmt::format("listeners[{}].port", i)] = setting.origin();
    }
    if (*port == 0) {
        settings.dns.port = settings.admin.port = 0;
        settings.origins["dns.port"] = settings.origins["admin.port"] = setting.origin();
    }
    const auto& first = settings.listeners.front();
    for (const auto& listener : settings.listeners) {
        if (*port == 0 || &listener == &first || listener.port != *port) continue;
        if (listener.address != first.address) continue;
        errors.emplace_back(fmt::format("port {} is that of listener {}", *port, ocs::quoted(listener.name)),
                            setting.where(),
                            "another port; this one is for the first listener");
    }
}

void apply_admin(const Setting& setting, config::Settings& settings, std::vector<Error>& errors) {
    config::AdminSettings& admin = settings.admin;
    admin.enabled = setting.value != "off";
    settings.origins["admin.enabled"] = setting.origin();
    if (!admin.enabled) return;
    constexpr std::string_view https = "https://";
    std::string_view address = setting.value;
    if (address.starts_with(https)) {
        address.remove_prefix(https.size());
        admin.tls = true;
        settings.origins["admin.tls"] = setting.origin();
    }
    const auto end = parse_endpoint(std::string(address), {admin.address, admin.port}, setting.where());
    if (end.has_error()) {
        errors.push_back(end.error());
        return;
    }
    admin.address = end->address;
    admin.port = end->port;
    admin.flag = setting.where();
    settings.origins["admin.address"] = settings.origins["admin.port"] = setting.origin();
    if (const auto problem = admin_address_problem(admin); !problem.empty())
        errors.emplace_back(problem, setting.where(), config::admin_address_hint);
}

bool takes_colour(config::ColorWhen when, int descriptor) {
    if (when != config::ColorWhen::automatic) return when == config::ColorWhen::always;
    return isatty(descriptor) != 0 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace

void Setting::take_variable() {
    if (!value.empty()) return;
    value = environment(variable);
    from_variable_ = !value.empty();
}

Argument LabFlags::config_argument() {
    return {"--config", &config.value, "configuration (YAML) [FAKEOCS_CONFIG]", false, "FILE"};
}

Argument LabFlags::state_argument() {
    return {"--state-dir", &state_dir.value, "CA and certificates [FAKEOCS_STATE]", false, "DIR"};
}

std::vector<Argument> LabFlags::arguments() {
    return {
        state_argument(),
        {"--listen", &listen.value, "address of every listener [FAKEOCS_LISTEN]", false, "ADDRESS"},
        {"--port", &port.value, "of the first; 0: any, for all [FAKEOCS_PORT]", false, "PORT"},
        {"--admin",
         &admin.value,
         "dashboard, API; https://…: TLS; off [FAKEOCS_ADMIN]",
         false,
         "ADDRESS:PORT"},
        {"--json", &json.value, "JSON Lines; -: stdout [FAKEOCS_JSON]", false, "FILE"},
        {"--text", &text.value, "log for people, else stdout [FAKEOCS_TEXT]", false, "FILE"},
        {"--key-log", &key_log.value, "TLS keys, for Wireshark [FAKEOCS_KEY_LOG]", false, "FILE"},
        {"--capture", &capture_flag, "keep bytes and keys, for export [FAKEOCS_CAPTURE=yes]", false, ""},
        {"--color", &color.value, "auto, always, never [FAKEOCS_COLOR]", false, "WHEN"},
        {"-q,--quiet", &quiet, "one line per connection [FAKEOCS_DETAIL=quiet]", false, ""},
        {"-v,--verbose", &verbose, "explain each of them [FAKEOCS_DETAIL=verbose]", false, ""},
    };
}

void LabFlags::take_variables() {
    for (Setting* setting : {&config, &state_dir, &listen, &port, &admin, &json, &text, &key_log, &color}) {
        setting->take_variable();
    }
    if (capture_flag) capture.value = "yes";
    capture.take_variable();
    if (quiet) detail.value = "quiet";
    if (verbose) detail.value = "verbose";
    detail.take_variable();
}

std::vector<Error> LabFlags::apply(config::Settings& settings) const {
    std::vector<Error> errors;
    if (state_dir.is_given() || settings.state_dir.empty()) {
        settings.state_dir = apps::state_dir(state_dir.value);
    }
    auto& origins = settings.origins;
    if (state_dir.is_given()) origins["state_dir"] = state_dir.origin();
    if (config.is_given()) origins["config"] = config.origin();
    if (settings.listeners.empty()) return errors;  // of a file that could not be read
    if (listen.is_given()) apply_listen(listen, settings, errors);
    if (port.is_given()) apply_port(port, settings, errors);
    if (admin.is_given()) apply_admin(admin, settings, errors);
    const auto put_path = [&](const Setting& given, const char* key, std::filesystem::path& target) {
        if (!given.is_given()) return;
        target = given.value;
        origins[key] = given.origin();
    };
    put_path(json, "logs.json_file", settings.logs.json_file);
    put_path(text, "logs.text_file", settings.logs.text_file);
    put_path(key_log, "logs.key_log", settings.logs.key_log);
    if (capture.is_given()) {
        const int index = word_index(capture, {"no", "yes"}, errors);
        if (index >= 0) settings.history.capture = index == 1;
        origins["history.capture"] = capture.origin();
    }
    if (color.is_given()) {
        const int index = word_index(color, {"auto", "always", "never"}, errors);
        if (index >= 0) settings.logs.color = static_cast<config::ColorWhen>(index);
        origins["logs.color"] = color.origin();
    }
    if (quiet && verbose) errors.emplace_back("-q and -v exclude each other", "", "");
    if (detail.is_given()) {
        const int index = word_index(detail, {"quiet", "normal", "verbose"}, errors);
        if (index >= 0) settings.logs.detail = static_cast<config::Detail>(index);
        origins["logs.detail"] = detail.origin();
    }
    return errors;
}

Result<std::filesystem::path> config_path(const LabFlags& flags) {
    if (flags.config.is_given()) return std::filesystem::path(flags.config.value);
    for (const char* candidate : {config_here, config_installed}) {
        std::error_code ignored;
        if (std::filesystem::exists(candidate, ignored)) return std::filesystem::path(candidate);
    }
    return Error{fmt::format("no configuration: neither ./{} nor {} is there", config_here, config_installed),
                 "",
                 "--config FILE, or a lab without a file: fakeocs quickstart contoso.test"};
}

Results<config::Settings> load_with_flags(const LabFlags& flags) {
    const auto path = config_path(flags);
    if (path.has_error()) return std::vector<Error>{path.error()};
    auto inspection = config::inspect_settings(*path);
    const auto more = flags.apply(inspection.settings);
    inspection.errors.insert(inspection.errors.end(), more.begin(), more.end());
    if (!inspection.errors.empty()) return std::move(inspection.errors);
    return std::move(inspection.settings);
}

server::LabOptions lab_options(const config::Settings& settings, const Program& program) {
    server::LabOptions options;
    options.settings = settings;
    options.version = OCS_VERSION;
    options.try_connection = test_client(settings.state_dir);
    auto& journal = options.journal;
    const auto& logs = settings.logs;
    if (logs.json_file == "-") journal.text_descriptor = STDERR_FILENO;  // stdout is for machines then
    // A file is read by whoever has it, now or in a year: it is coloured only if that was asked for.
    const int shown_on = logs.text_file.empty() ? journal.text_descriptor : -1;
    journal.colour = takes_colour(logs.color, shown_on) ? journal::Colour::always : journal::Colour::never;
    journal.volume = static_cast<journal::Volume>(logs.detail);
    journal.text_file = logs.text_file;
    journal.json_file = logs.json_file;
    journal.queue_limit = static_cast<std::size_t>(logs.waiting);
    journal.commands.certgen = program.certgen;
    journal.commands.fakeocs = program.fakeocs;
    journal.commands.state_dir = state_dir_to_print(settings.state_dir);
    journal.commands.ca_file = (settings.state_dir / "ca" / "ca.cer").string();
    if (settings.history.keep) {
        const bool named = !settings.history.file.empty();
        journal.history.file = named ? settings.history.file : settings.state_dir / "history.db";
        journal.history.keep_for = std::chrono::hours(24) * settings.history.days;
        journal.history.keep_records = settings.history.records;
        journal.history.keep_bytes = settings.history.megabytes << 20U;
    }
    const Micros window{static_cast<std::int64_t>(settings.timeline.window_seconds * 1e6)};
    journal.lookups.window = journal.attempts.window = window;
    journal.attempts.longest = window * 10;
    return options;
}

std::string lab_footer(const std::string& examples) {
    return "\nA flag wins over its variable in brackets, a variable over the file.\n"
           "\nExit codes: 0 ended as asked; 1 failed; 2 usage or configuration;\n"
           "  3 cannot listen, or the state folder is in use.\n"
           "\nExamples:\n" +
           examples;
}

}  // namespace ocs::apps
