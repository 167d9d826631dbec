#include "admin/captures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admin/export.hpp"
#include "admin/handshakes.hpp"
#include "core/escape.hpp"
#include "journal/pcapng.hpp"

namespace ocs::admin {
namespace {

/// The blocks that were kept of a connection, or the refusal.
struct Kept {
    std::string blocks;
    std::optional<ApiReply> refusal;
};

Kept kept_of(const Call& call, const ControlledLab& lab) {
    if (lab.history == nullptr) return {"", failure(503, Error{"no history is kept", "", ""})};
    const auto found = stored_connection(call.id, *lab.history);
    if (found.has_error()) return {"", failure(503, found.error())};
    if (found->line.empty()) return {"", failure(404, no_such_connection(call.id))};
    const auto evidence = lab.history->evidence(found->sequence);
    if (evidence.has_error()) return {"", failure(503, evidence.error())};
    for (const auto& each : *evidence)
        if (each.kind == record::EvidenceKind::capture) return {*each.bytes, {}};
    return {"",
            failure(404,
                    Error{"connection " + ocs::quoted(call.id) + " was not captured",
                          "",
                          "serve --capture, or history: capture: true, keeps the bytes and keys of what "
                          "connects from then on"})};
}

ApiReply file(std::string type, std::string body, const std::string& id, const char* ending) {
    std::string name = id;
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    std::replace_if(
        name.begin(), name.end(), [&](char c) { return !plain(c); }, '_');
    return {200,
            std::move(type),
            std::move(body),
            "",
            {{"Content-Disposition", fmt::format("attachment; filename=\"fakeocs-{}.{}\"", name, ending)}}};
}

}  // namespace

ApiReply show_handshake_capture(const Call& call, const ControlledLab& lab) {
    Kept kept = kept_of(call, lab);
    if (kept.refusal) return std::move(*kept.refusal);
    return file(
        "application/x-pcapng", journal::pcapng_head(program_of(lab)) + kept.blocks, call.id, "pcapng");
}

ApiReply show_handshake_keys(const Call& call, const ControlledLab& lab) {
    Kept kept = kept_of(call, lab);
    if (kept.refusal) return std::move(*kept.refusal);
    const std::string_view keys = journal::pcapng_keys(kept.blocks);
    if (keys.empty())
        return failure(404,
                       Error{"connection " + ocs::quoted(call.id) + " has no TLS keys",
                             "",
                             "it was captured, and ended before there were any"});
    return file("text/plain; charset=utf-8", std::string(keys), call.id, "keys");
}

}  // namespace ocs::admin
