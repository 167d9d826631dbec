#include "pki/minter.hpp"

#include "pki/encode.hpp"
#include "pki/quick_key.hpp"
#include "pki/signers.hpp"

namespace ocs::pki {
namespace {

MintRule rule(const std::string& prefix, const std::string& note) {
    MintRule out;
    out.prefix = prefix;
    out.recipe.name = prefix.empty() ? "minted" : prefix;
    out.recipe.note = note;
    out.recipe.subject = {{"CN", "{name}"}};
    out.recipe.sans = {{discovery::NameKind::dns, "{name}"}};
    return out;
}

std::string filled(std::string text, const std::string& name) {
    constexpr std::string_view place = "{name}";
    for (std::size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + name.size())) {
        text.replace(at, place.size(), name);
    }
    return text;
}

/// The rule for `name`, and the name without its prefix.
std::pair<const MintRule*, std::string> rule_for(const std::vector<MintRule>& rules,
                                                 const std::string& name) {
    const MintRule* otherwise = nullptr;
    for (const MintRule& candidate : rules) {
        if (candidate.prefix.empty()) otherwise = &candidate;
        const std::string start = candidate.prefix + ".";
        if (!candidate.prefix.empty() && name.starts_with(start))
            return {&candidate, name.substr(start.size())};
    }
    return {otherwise, name};
}

}  // namespace

struct Minter::Keys {
    explicit Keys(const std::filesystem::path& folder) : signers(folder) {}
    Signers signers;
    Authority lab_ca;
    Authority unknown_ca;
    ossl::PkeyPtr leaf;
};

std::vector<MintRule> MintSettings::default_mint_rules() {
    std::vector<MintRule> rules;
    rules.push_back(rule("wrong", "the name without its prefix: never the one that is wanted"));
    rules.push_back(rule("expired", "the name as it was asked for, out of date"));
    rules.back().recipe.not_before = "-60d";
    rules.back().recipe.not_after = "-30d";
    rules.push_back(rule("not-yet", "not valid yet"));
    rules.back().recipe.not_before = "+30d";
    rules.back().recipe.not_after = "+60d";
    rules.push_back(rule("unknown-ca", "signed by a CA nobody trusts"));
    rules.back().recipe.issuer = Issuer::unknown_ca;
    rules.push_back(rule("self-signed", "signs itself"));
    rules.back().recipe.issuer = Issuer::self_signed;
    rules.push_back(rule("no-server-auth", "for clients only"));
    rules.back().recipe.eku = {"clientAuth"};
    rules.push_back(rule("sha1", "signed with SHA-1"));
    rules.back().recipe.hash = HashName::sha1;
    // All but the first carry the whole name, so that the name is right and only the defect shows.
    for (std::size_t i = 1; i < rules.size(); ++i) {
        rules[i].recipe.subject = {{"CN", rules[i].prefix + ".{name}"}};
        rules[i].recipe.sans = {{discovery::NameKind::dns, rules[i].prefix + ".{name}"}};
    }
    rules.push_back(rule("", "exactly the name that was asked for"));
    return rules;
}

Minter::Minter() = default;
Minter::~Minter() = default;

Result<std::unique_ptr<Minter>> Minter::make(const std::filesystem::path& state,
                                             MintSettings settings,
                                             WallTime now) {
    std::unique_ptr<Minter> minter(new Minter);
    minter->settings_ = std::move(settings);
    minter->keys_ = std::make_unique<Keys>(state / "ca");
    auto ca = minter->keys_->signers.lab_ca();
    if (ca.has_error()) return ca.error();
    // Of its own, since others use that of the signers in the form it has.
    auto ca_key = load_key(state / "ca" / "ca.key");
    if (ca_key.has_error()) return ca_key.error();
    X509_up_ref((*ca)->certificate.get());
    minter->keys_->lab_ca.certificate.reset((*ca)->certificate.get());
    minter->keys_->lab_ca.key = quick_key(std::move(*ca_key));
    auto unknown = make_unknown_ca(now);
    if (unknown.has_error()) return unknown.error();
    minter->keys_->unknown_ca = std::move(*unknown);
    minter->keys_->unknown_ca.key = quick_key(std::move(minter->keys_->unknown_ca.key));
    auto key = make_key(minter->settings_.key);
    if (key.has_error()) return key.error();
    minter->keys_->leaf = quick_key(std::move(*key));
    return minter;
}

Result<std::shared_ptr<const Minted>> Minter::mint(const HostName& name, WallTime now) {
    std::promise<Outcome> mine;
    std::shared_future<Outcome> outcome;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(name.text());
        if (found != entries_.end()) {
            order_.splice(order_.begin(), order_, found->second.used);
            outcome = found->second.outcome;
        } else {
            first = true;
            outcome = mine.get_future().share();
            order_.push_front(name.text());
            entries_.emplace(name.text(), Entry{outcome, order_.begin()});
            if (entries_.size() > settings_.cache) {
                entries_.erase(order_.back());
                order_.pop_back();
            }
        }
    }
    // Signed outside the lock: only those who want this very name wait for it.
    if (first) {
        mine.set_value(sign(name.text(), now));
        if (outcome.get().has_error()) forget(name.text());  // the next one tries again
    }
    return outcome.get();
}

void Minter::forget(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    order_.erase(found->second.used);
    entries_.erase(found);
}

Result<std::shared_ptr<const Minted>> Minter::mint_expired(const HostName& name, WallTime now) const {
    return sign(name.text(), now, Dates::past);
}

Minter::Outcome Minter::sign(const std::string& name, WallTime now, Dates dates) const {
    const auto [rule, inner] = rule_for(settings_.rules, name);
    if (rule == nullptr) return Error{"no rule mints this name", "", ""};
    Recipe recipe = rule->recipe;
    for (SubjectPart& part : recipe.subject) part.value = filled(part.value, inner);
    for (discovery::PresentedName& san : recipe.sans) san.text = filled(san.text, inner);
    move_long_names(recipe);
    if (dates == Dates::past) expire(recipe);
    const Authority* issuer = recipe.issuer == Issuer::lab_ca       ? &keys_->lab_ca
                              : recipe.issuer == Issuer::unknown_ca ? &keys_->unknown_ca
                                                                    : nullptr;
    auto leaf = make_leaf(recipe, keys_->leaf.get(), issuer, now);
    if (leaf.has_error()) return leaf.error();
    auto minted = std::make_shared<Minted>();
    minted->leaf = std::move(*leaf);
    minted->key = keys_->leaf.get();
    minted->info = read_certificate(minted->leaf.get());
    minted->rule = rule->prefix;
    minted->signed_by_lab_ca = recipe.issuer == Issuer::lab_ca;
    return std::shared_ptr<const Minted>(std::move(minted));
}

std::size_t Minter::kept() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace ocs::pki
