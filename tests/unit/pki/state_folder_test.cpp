#include "pki/state_folder.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/files.hpp"

using namespace ocs;
using namespace ocs::pki;
using discovery::NameKind;
using discovery::PresentedName;

namespace {

const WallTime now = *parse_time("2026-11-24T08:00:00Z", WallTime{});

struct Lab {
    std::filesystem::path root;
    std::optional<StateFolder> state;
    Lab() {
        std::string pattern = (std::filesystem::temp_directory_path() / "pki_test_XXXXXX").string();
        root = mkdtemp(pattern.data());
        state = *StateFolder::open(root / "state");
        REQUIRE(state->make_ca({}, now).has_value());
    }
    ~Lab() { std::filesystem::remove_all(root); }
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;
    Result<Issued> issue(const Recipe& recipe) { return state->issue(recipe, {}, now); }
};

Recipe pool() {
    Recipe recipe;
    recipe.name = "pool";
    recipe.subject = {{"CN", "pool.contoso.test"}};
    recipe.sans = {{NameKind::dns, "pool.contoso.test"}, {NameKind::dns, "sip.contoso.test"}};
    return recipe;
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat facts {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    return facts.st_mode & 0777U;
}

}  // namespace

TEST_CASE("issue: every key type and hash, and the PFX reads back") {
    Lab lab;
    for (const char* key : {"rsa-1024", "rsa-2048", "p-256", "p-384", "ed25519"}) {
        for (const char* hash : {"sha1", "sha256", "sha384", "sha512"}) {
            Recipe recipe = pool();
            recipe.name = std::string(key) + "-" + hash;
            recipe.key = *parse_key(key);
            recipe.hash = *parse_hash(hash);
            CAPTURE(recipe.name);
            const auto issued = lab.issue(recipe);
            REQUIRE(issued.has_value());
            CHECK((issued->certificate.names.san == recipe.sans));
            const auto pfx = load_pfx(issued->folder / "cert.pfx", "changeit");
            REQUIRE(pfx.has_value());
            CHECK(pfx->info.fingerprint == issued->certificate.fingerprint);
            CHECK((lab.state->read(recipe.name)->recipe == recipe));
        }
    }
}

TEST_CASE("issue: unusual names stand on the certificate as written and in order") {
    Lab lab;
    Recipe recipe = pool();
    recipe.subject.clear();
    recipe.sans = {{NameKind::dns, "sip.contoso.test "},
                   {NameKind::dns, "https://sip.contoso.test/"},
                   {NameKind::dns, "sip contoso test"},
                   {NameKind::ip, "192.0.2.1"},
                   {NameKind::uri, "sip:contoso.test"},
                   {NameKind::email, "a@contoso.test"},
                   {NameKind::srv, "_sip.contoso.test"},
                   {NameKind::ip, "2001:db8::1"}};
    const auto issued = lab.issue(recipe);
    REQUIRE(issued.has_value());
    CHECK((issued->certificate.names.san == recipe.sans));
    const auto leaf = load_pem(issued->folder / "cert.pem", issued->folder / "key.pem", {});
    const int at = X509_get_ext_by_NID(leaf->leaf.get(), NID_subject_alt_name, -1);
    CHECK(X509_EXTENSION_get_critical(X509_get_ext(leaf->leaf.get(), at)) == 1);
}

TEST_CASE("issue: any bytes as a name, an empty CN, a SAN extension that does not parse, RSASSA-PSS") {
    Lab lab;
    Recipe recipe = pool();
    recipe.subject = {{"CN", ""}, {"CN", std::string("a.test\0.b", 9)}};
    recipe.sans = {
        {NameKind::dns, ""}, {NameKind::dns, std::string("a\0\xff", 3)}, {NameKind::ip, "hex:0102"}};
    const auto odd = lab.issue(recipe);
    REQUIRE(odd.has_value());
    CHECK((odd->certificate.names == names_of(recipe)));
    CHECK((lab.state->read("pool")->recipe == recipe));
    for (const char* bytes : {"3000", "3081", "04"}) {
        recipe.name = std::string("raw-") + bytes;
        recipe.sans.clear();
        recipe.san_der = bytes;
        const auto raw = lab.issue(recipe);
        REQUIRE(raw.has_value());
        CHECK((raw->certificate.names == names_of(recipe)));
    }
    recipe = pool();
    recipe.name = "pss";
    recipe.rsa_pss = true;
    CHECK(lab.issue(recipe)->certificate.signature == "rsassaPss");
    CHECK((lab.state->read("pss")->recipe == recipe));
}

TEST_CASE("issue: keys are private, and an existing certificate is not overwritten") {
    Lab lab;
    const auto issued = lab.issue(pool());
    REQUIRE(issued.has_value());
    for (const char* file : {"key.pem", "cert.pfx"}) CHECK(mode_of(issued->folder / file) == 0600);
    CHECK(mode_of(lab.root / "state/ca/ca.key") == 0600);
    CHECK(mode_of(issued->folder / "cert.pem") == 0644);
    CHECK(lab.issue(pool()).has_error());
    CHECK(lab.state->make_ca({}, now).has_error());
    CHECK((lab.state->names() == std::vector<std::string>{"pool"}));
}

TEST_CASE("issue: issuers and chains, right and wrong") {
    Lab lab;
    Recipe recipe = pool();
    recipe.issuer = Issuer::self_signed;
    CHECK(lab.issue(recipe)->certificate.self_signed);
    recipe.name = "unknown";
    recipe.issuer = Issuer::unknown_ca;
    const auto unknown = lab.issue(recipe);
    CHECK(unknown->certificate.issuer.find("UNKNOWN CA") != std::string::npos);
    recipe.issuer = Issuer::lab_ca;
    recipe.via_intermediate = true;
    for (const bool sent : {true, false}) {
        recipe.name = sent ? "sent" : "omitted";
        recipe.send_intermediate = sent;
        const auto issued = lab.issue(recipe);
        REQUIRE(issued.has_value());
        CHECK(load_pem(issued->folder / "fullchain.pem", issued->folder / "key.pem", {})->issuer_included ==
              sent);
        CHECK(load_pfx(issued->folder / "cert.pfx", "changeit")->issuer_included == sent);
    }
    CHECK(mode_of(lab.root / "state/ca/intermediate.key") == 0600);
}

TEST_CASE("issue: validity in the past and in the future") {
    Lab lab;
    Recipe recipe = pool();
    recipe.not_before = "-60d";
    recipe.not_after = "-30d";
    const auto expired = lab.issue(recipe);
    REQUIRE(expired.has_value());
    CHECK(expired->certificate.not_after < now);
    CHECK(defects(recipe, now).front() == "expired 30 days ago");
    recipe.name = "early";
    recipe.not_before = "+10d";
    recipe.not_after = "+20d";
    CHECK(lab.issue(recipe)->certificate.not_before > now);
}

TEST_CASE("issue: a CN over 64 bytes moves into the SAN list") {
    Lab lab;
    Recipe recipe = pool();
    const std::string name = std::string(60, 'a') + ".contoso.test";
    recipe.subject = {{"CN", name}};
    const auto issued = lab.issue(recipe);
    REQUIRE(issued.has_value());
    CHECK(issued->certificate.names.common_names.empty());
    CHECK(issued->certificate.names.san.back().text == name);
}

TEST_CASE("reissue: names come and go, the origin stays") {
    Lab lab;
    const auto first = lab.issue(pool());
    const auto second = lab.state->reissue("pool",
                                           {{NameKind::dns, "new.contoso.test"}},
                                           {{NameKind::dns, "sip.contoso.test"}, {NameKind::dns, "x"}},
                                           now);
    REQUIRE(second.has_value());
    CHECK(second->certificate.names.san.back().text == "new.contoso.test");
    CHECK(second->certificate.names.san.size() == 2);
    CHECK(second->made_from == first->made_from);
    CHECK(second->made_from == fingerprint(pool()));
    CHECK(second->remarks.front() == "DNS:x was not there to remove");
    CHECK(second->certificate.serial != first->certificate.serial);
}

TEST_CASE("load: a key of another certificate and a wrong password are told") {
    Lab lab;
    const auto issued = lab.issue(pool());
    const auto other = load_pem(issued->folder / "cert.pem", lab.root / "state/ca/ca.key", {});
    REQUIRE(other.has_error());
    CHECK(other.error().what == "the private key does not belong to the certificate");
    const auto wrong = load_pfx(issued->folder / "cert.pfx", "other");
    REQUIRE(wrong.has_error());
    CHECK(wrong.error().what == "the password does not open this PFX");
}

TEST_CASE("write_pfx: the modern profile reads back too") {
    Lab lab;
    REQUIRE(lab.issue(pool()).has_value());
    REQUIRE(lab.state->write_pfx("pool", {PfxProfile::modern, "secret"}, {}, false).has_value());
    CHECK(load_pfx(lab.root / "state/pool/cert.pfx", "secret").has_value());
    CHECK(lab.state->read("pool")->pfx_password == "secret");
}
