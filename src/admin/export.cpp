#include "admin/export.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "core/escape.hpp"
#include "journal/export.hpp"

namespace ocs::admin {
namespace {

std::string machine_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

}  // namespace

std::string program_of(const ControlledLab& lab) {
    std::string version;
    lab.do_on_lab_thread([&] { version = lab.status().version; });
    return "fakeocs " + version;
}

ApiReply export_attempt(const Call& call, const ControlledLab& lab) {
    if (lab.history == nullptr) return failure(503, Error{"no history is kept", "", ""});
    const auto redact = read_number(call.query, "redact", 0, 1, 0);
    if (redact.has_error()) return failure(400, redact.error());
    auto found = lab.history->subject(call.id);
    if (found.has_error()) return failure(503, found.error());
    if (!*found)
        return failure(
            404, Error{"no attempt or connection " + ocs::quoted(call.id) + " is in the history", "", ""});
    journal::ExportOptions options;
    options.redact = *redact == 1;
    options.program = program_of(lab);
    options.machine = machine_name();
    options.commands = lab.commands;
    options.now = wall_now();
    const std::string name = export_name(**found, options.redact);
    auto archive = journal::zip(journal::export_files(std::move(**found), options), options.now);
    if (archive.has_error()) return failure(503, archive.error());
    return {200,
            "application/zip",
            std::move(*archive),
            "",
            {{"Content-Disposition", fmt::format("attachment; filename=\"{}\"", name)}}};
}

}  // namespace ocs::admin
