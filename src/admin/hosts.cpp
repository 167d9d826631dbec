#include "admin/hosts.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/chain_text.hpp"
#include "admin/handshakes.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"
#include "ossl/base64.hpp"
#include "pki/state_folder.hpp"
#include "record/alerts.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t most_names = 100;
constexpr std::size_t names_in_hint = 10;
// Key before certificate: whoever reads in between keeps what it has.
constexpr const char* files_of_host[] = {
    "key.pem", "cert.pem", "chain.pem", "cert.pfx", "info.json", "fullchain.pem"};

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.emplace_back(visible(value));
    return array;
}

json::object to_json(const record::ServedCertificate& certificate) {
    json::array san;
    for (const auto& name : certificate.names.san)
        san.push_back(json::object{{"kind", discovery::to_string(name.kind)}, {"text", visible(name.text)}});
    return {{"subject", certificate.subject},
            {"issuer", certificate.issuer},
            {"serial", visible(certificate.serial)},
            {"fingerprint", visible(certificate.fingerprint)},
            {"not_before", rfc3339(certificate.not_before)},
            {"not_after", rfc3339(certificate.not_after)},
            {"key", visible(certificate.key)},
            {"signature", visible(certificate.signature)},
            {"weak", certificate.weak},
            {"server_auth", certificate.server_auth},
            {"intermediate_missing", certificate.intermediate_missing},
            {"chain", record::to_string(certificate.chain)},
            {"common_names", texts(certificate.names.common_names)},
            {"san", std::move(san)}};
}

json::object to_json(const tls::TlsRange& range) {
    return {{"min_version", record::tls_version_name(range.min_version)},
            {"max_version", record::tls_version_name(range.max_version)},
            {"security_level", range.security_level}};
}

/// A certificate that no client has asked for yet may not be loaded: with ten thousand hosts a list must not.
json::object to_json(const HostView& host, const ControlledLab& lab) {
    if (host.host->certificate()) static_cast<void>(host.host->current());  // looks at the files
    json::object told{{"id", host.host->id()}, {"names", texts(host.names)}, {"generated", host.generated}};
    told["tls"] = to_json(host.host->range());
    if (const auto certificate = host.host->certificate()) told["certificate"] = to_json(*certificate);
    std::error_code missing;
    const auto pfx = std::filesystem::absolute(lab.state_folder / host.host->id() / "cert.pfx", missing);
    if (host.generated && std::filesystem::exists(pfx, missing)) told["pfx"] = visible(pfx.string());
    const auto* saved = lab.reissues == nullptr ? nullptr : lab.reissues->find(host.host->id());
    if (saved != nullptr) told["undo_until"] = rfc3339(saved->until);
    return told;
}

HostViews hosts_of(const ControlledLab& lab) {
    HostViews hosts = std::make_shared<const std::vector<HostView>>();
    lab.do_on_lab_thread([&] {
        if (lab.hosts) hosts = lab.hosts();
    });
    return hosts;
}

std::optional<HostView> find_host(const HostViews& hosts, const std::string& id) {
    const auto found = std::find_if(
        hosts->begin(), hosts->end(), [&](const HostView& host) { return host.host->id() == id; });
    return found == hosts->end() ? std::nullopt : std::optional(*found);
}

ApiReply no_host(const std::string& id) {
    return failure(404, Error{"no virtual host " + ocs::quoted(id), "", "GET /api/v1/hosts lists them"});
}

using Names = std::vector<discovery::PresentedName>;

std::string place_in(const char* list, std::size_t index) { return fmt::format("{}[{}]", list, index); }

Result<Names> parse_names(const char* list, const std::vector<std::string>& texts_given) {
    Names names;
    for (const std::string& text : texts_given) {
        auto name = pki::parse_san(text);
        if (name.has_error()) {
            Error error = name.error();
            error.where = place_in(list, names.size());
            return error;
        }
        names.push_back(std::move(*name));
    }
    return names;
}

/// A bare word that is no host name is a slip of the keyboard. What is wrong on purpose says its kind: the
/// certificate tool takes that, and so does this.
Result<void> check_bare_words(const std::vector<std::string>& texts_given, const Names& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool bare = names[i].kind == discovery::NameKind::dns && names[i].text == texts_given[i];
        if (!bare) continue;
        const auto pattern = HostPattern::parse(names[i].text);
        Error error{"", place_in("add", i), "with DNS: in front it is written as it is, on purpose"};
        if (pattern.has_error()) {
            error.what = pattern.error().what;
            if (!pattern.error().hint.empty()) error.hint = pattern.error().hint + "; " + error.hint;
            return error;
        }
        if (names[i].text.ends_with('.')) {
            error.what = ocs::quoted(names[i].text) + " ends with a dot";
            return error;
        }
    }
    return {};
}

Result<void> check_removed(const Names& remove, const pki::Recipe& recipe) {
    for (std::size_t i = 0; i < remove.size(); ++i) {
        if (pki::has_name(recipe, remove[i])) continue;
        Names there = recipe.sans;
        for (const pki::SubjectPart& part : recipe.subject)
            if (part.type == "CN") there.push_back({discovery::NameKind::common_name, part.value});
        std::string hint = there.empty() ? "the recipe names none" : "it has";
        for (std::size_t j = 0; j < std::min(there.size(), names_in_hint); ++j)
            hint += fmt::format("{} {}", j == 0 ? "" : ",", visible(pki::to_string(there[j])));
        if (there.size() > names_in_hint) hint += fmt::format(" and {} more", there.size() - names_in_hint);
        return Error{ocs::quoted(pki::to_string(remove[i])) + " is not on the certificate",
                     place_in("remove", i),
                     std::move(hint)};
    }
    return {};
}

std::string list_of(const Names& names, char sign) {
    std::string list;
    for (const auto& name : names) list += fmt::format(" {}{}", sign, pki::to_string(name));
    return list;
}

/// Whether DER is asked for; fails for what is neither it nor PEM.
Result<bool> wants_der(const Call& call) {
    const auto form = call.query.find("form");
    if (form == call.query.end() || form->second == "pem") return false;
    if (form->second == "cer") return true;
    return Error{"parameter 'form' is one of pem, cer", "", ""};
}

ApiReply certificate_file(std::string bytes, const std::string& name, bool der) {
    return {
        200,
        der ? "application/pkix-cert" : "application/x-pem-file",
        std::move(bytes),
        "",
        {{"Content-Disposition", fmt::format("attachment; filename=\"{}.{}\"", name, der ? "cer" : "pem")}}};
}

ApiReply chain_reply(tls::VirtualHost& host, const Call& call) {
    const auto der = wants_der(call);
    if (der.has_error()) return failure(400, der.error());
    auto bytes = *der ? leaf_der(host) : chain_pem(host);
    if (bytes.has_error()) return failure(502, bytes.error());
    return certificate_file(std::move(*bytes), host.id(), *der);
}

}  // namespace

/// One host's files, and when they go.
struct Reissues::Kept {
    explicit Kept(boost::asio::io_context& io) : timer(io) {}
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    ~Kept() {
        for (auto& [name, bytes] : saved.files) OPENSSL_cleanse(bytes.data(), bytes.size());
    }

    Saved saved;
    boost::asio::steady_timer timer;
};

Reissues::~Reissues() = default;

void Reissues::keep(const std::string& host, Files files, WallTime now) {
    if (stopped_) return;
    auto kept = std::make_shared<Kept>(io_);
    kept->saved = {now + undo_time_, std::move(files)};
    kept->timer.expires_after(undo_time_);
    kept->timer.async_wait([this, host, weak = std::weak_ptr(kept)](const auto& cancelled) {
        const auto due = weak.lock();
        const auto found = kept_.find(host);
        // A later reissue of the same host has its own time.
        if (!cancelled && due && found != kept_.end() && found->second == due) kept_.erase(found);
    });
    kept_[host] = std::move(kept);
}

const Reissues::Saved* Reissues::find(const std::string& host) const {
    const auto found = kept_.find(host);
    return found == kept_.end() ? nullptr : &found->second->saved;
}

void Reissues::forget(const std::string& host) { kept_.erase(host); }

void Reissues::stop() {
    stopped_ = true;
    kept_.clear();
}

ApiReply list_hosts(const Call& call, const ControlledLab& lab) {
    const auto first = read_number(call.query, "first", 0, INT64_MAX, 0);
    if (first.has_error()) return failure(400, first.error());
    const auto limit = read_number(call.query, "limit", 1, longest_page, longest_page);
    if (limit.has_error()) return failure(400, limit.error());
    const HostViews all = hosts_of(lab);
    const std::size_t begin = std::min<std::size_t>(*first, all->size());
    const std::size_t end = begin + std::min<std::size_t>(*limit, all->size() - begin);
    json::array hosts;
    for (std::size_t i = begin; i < end; ++i) hosts.push_back(to_json((*all)[i], lab));
    json::object told{{"schema", 1}, {"hosts", std::move(hosts)}, {"total", all->size()}};
    if (end < all->size()) told["next"] = end;
    return json_reply(200, told);
}

ApiReply reissue_host(const Call& call, const ControlledLab& lab) {
    Fields fields(call.request.body, {"add", "remove"});
    const auto added = fields.texts("add", most_names);
    const auto removed = fields.texts("remove", most_names);
    if (fields.problem()) return failure(400, *fields.problem());
    const auto add = parse_names("add", added);
    if (add.has_error()) return failure(400, add.error());
    const auto remove = parse_names("remove", removed);
    if (remove.has_error()) return failure(400, remove.error());
    if (auto checked = check_bare_words(added, *add); checked.has_error())
        return failure(400, checked.error());
    const auto host = find_host(hosts_of(lab), call.id);
    if (!host) return no_host(call.id);
    if (!host->generated) {
        return failure(409,
                       Error{"this certificate was loaded from files, and stays as it is",
                             "",
                             "generate: in the configuration"});
    }
    auto state = pki::StateFolder::open(lab.state_folder);
    if (state.has_error()) return failure(502, state.error());
    const auto stored = state->read(call.id);
    if (stored.has_error()) return failure(502, stored.error());
    if (auto there = check_removed(*remove, stored->recipe); there.has_error())
        return failure(409, there.error());
    Reissues::Files before;
    const WallTime now = wall_now();
    for (const char* file : files_of_host) {
        auto bytes = read_file(lab.state_folder / call.id / file);
        if (bytes.has_value()) before.emplace_back(file, std::move(*bytes));
    }
    const auto issued = state->reissue(call.id, *add, *remove, now);
    if (issued.has_error()) return failure(502, issued.error());
    if (lab.reissues != nullptr) lab.reissues->keep(call.id, std::move(before), now);
    if (lab.note)
        lab.note(fmt::format("host    {}: reissued{}{}", call.id, list_of(*add, '+'), list_of(*remove, '-')));
    json::object told = to_json(*host, lab);
    told["remarks"] = texts(issued->remarks);
    return json_reply(200, told);
}

ApiReply undo_reissue(const Call& call, const ControlledLab& lab) {
    const Fields fields(call.request.body, {});
    if (fields.problem()) return failure(400, *fields.problem());
    const auto host = find_host(hosts_of(lab), call.id);
    if (!host) return no_host(call.id);
    const auto* saved = lab.reissues == nullptr ? nullptr : lab.reissues->find(call.id);
    if (saved == nullptr) {
        return failure(404, Error{"there is no reissue of the last ten minutes to undo", "", ""});
    }
    for (const auto& [file, bytes] : saved->files) {
        const bool is_secret = file == "key.pem" || file == "cert.pfx";
        auto written =
            write_file(lab.state_folder / call.id / file, bytes, is_secret ? private_file : public_file);
        if (written.has_error()) return failure(502, written.error());
    }
    lab.reissues->forget(call.id);
    if (lab.note) lab.note(fmt::format("host    {}: the reissue was undone", call.id));
    return json_reply(200, to_json(*host, lab));
}

ApiReply show_host_chain(const Call& call, const ControlledLab& lab) {
    const auto host = find_host(hosts_of(lab), call.id);
    return host ? chain_reply(*host->host, call) : no_host(call.id);
}

ApiReply show_handshake_chain(const Call& call, const ControlledLab& lab) {
    if (lab.history == nullptr) return failure(503, Error{"no history is kept", "", ""});
    const auto shown = certificate_of(call.id, *lab.history);
    if (shown.has_error()) return failure(404, shown.error());
    const auto der = wants_der(call);
    if (der.has_error()) return failure(400, der.error());
    const auto kept = lab.history->evidence(shown->sequence);
    if (kept.has_error()) return failure(503, kept.error());
    std::string pem;
    for (const auto& evidence : *kept) {
        if (evidence.kind != record::EvidenceKind::certificate) continue;
        if (*der) return certificate_file(*evidence.bytes, shown->host, true);
        pem += ossl::pem_of_certificate(*evidence.bytes);
    }
    if (!pem.empty()) return certificate_file(std::move(pem), shown->host, false);
    // An imported record, or one of an older version: its host may have the certificate still.
    const auto host = find_host(hosts_of(lab), shown->host);
    if (host) static_cast<void>(host->host->current());
    const auto served = host ? host->host->certificate() : nullptr;
    if (!served || served->fingerprint != shown->fingerprint) {
        return failure(404,
                       Error{"the history has no certificate of then, and it is not served any more",
                             "",
                             "the record has its names, dates and fingerprint"});
    }
    return chain_reply(*host->host, call);
}

}  // namespace ocs::admin
