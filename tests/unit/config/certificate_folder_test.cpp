#include "config/certificate_folder.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>

#include "config/load.hpp"
#include "core/files.hpp"
#include "pki/state_folder.hpp"

using namespace ocs;
using namespace ocs::config;
using discovery::NameKind;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "certificate_folder_XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        root = pattern;
        fs::create_directory(vhosts());
    }
    ~Folder() { fs::remove_all(root); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] fs::path vhosts() const { return root / "vhosts"; }

    /// A certificate in a state folder beside it; answers the folder with its files.
    fs::path made(const std::string& name, const std::string& cn, const std::vector<std::string>& sans) {
        pki::Recipe recipe;
        recipe.name = name;
        recipe.key.type = pki::KeyType::p256;
        recipe.issuer = pki::Issuer::self_signed;
        if (!cn.empty()) recipe.subject = {{"CN", "first.test"}, {"CN", cn}};
        for (const std::string& san : sans) recipe.sans.push_back({NameKind::dns, san});
        auto state = pki::StateFolder::open(root / "made").value();
        const auto issued = state.issue(recipe, {}, wall_now(), true);
        REQUIRE(issued.has_value());
        return issued->folder;
    }
    void put(const std::string& name, const std::string& text) const {
        REQUIRE(write_file(vhosts() / name, text, 0600).has_value());
    }
    static std::string text(const fs::path& path) { return read_file(path).value(); }

    FolderIndex index(const std::vector<HostSettings>& earlier = {}) const {
        return index_of({vhosts(), "changeit"}, earlier).value();
    }

    fs::path root;
};

std::string hosts_of(const FolderIndex& index) {
    std::string all;
    for (const HostSettings& host : index.hosts) {
        all += host.id + ":";
        for (const HostPattern& name : host.names) all += " " + name.text();
        all += "\n";
    }
    return all;
}

std::string problems_of(const Folder& folder, const FolderIndex& index) {
    std::string all;
    for (const Error& error : index.problems) {
        CHECK(error.where.starts_with(folder.vhosts().string() + "/"));
        all += fs::path(error.where).filename().string() + ": " + error.what + "\n";
    }
    return all;
}

}  // namespace

TEST_CASE("certificate folder: each way to keep a certificate with its key is a host") {
    Folder folder;
    const auto a = folder.made("a", "a.test", {"A1.test", "*.a2.test", "a1.test", "not a name"});
    folder.put("combined.pem", Folder::text(a / "fullchain.pem") + Folder::text(a / "key.pem"));
    const auto b = folder.made("b", "b.test", {});
    folder.put("pair.crt", Folder::text(b / "cert.pem"));
    folder.put("pair.key", Folder::text(b / "key.pem"));
    const auto c = folder.made("c", "", {"c.test"});
    folder.put("other.pem", Folder::text(c / "cert.pem"));
    folder.put("other-key.pem", Folder::text(c / "key.pem"));
    folder.put("other-chain.pem", Folder::text(a / "cert.pem"));
    const auto d = folder.made("d", "d.test", {"d1.test"});
    folder.put("windows.pfx", Folder::text(d / "cert.pfx"));
    const auto e = folder.made("e", "", {"e.test"});
    fs::copy(e, folder.vhosts() / "certgen", fs::copy_options::recursive);
    fs::create_directory(folder.vhosts() / "empty");
    folder.put(".hidden.pem", "nothing");
    folder.put("README", "nothing");

    const FolderIndex index = folder.index();
    CHECK(problems_of(folder, index) == "");
    CHECK(hosts_of(index) ==
          "certgen: e.test\ncombined: a1.test *.a2.test\nother: c.test\npair: b.test\nwindows: d1.test\n");
    CHECK(index.hosts[0].load->key == folder.vhosts() / "certgen" / "key.pem");
    CHECK(index.hosts[1].load->key.empty());
    CHECK(index.hosts[2].load->key == folder.vhosts() / "other-key.pem");
    CHECK(index.hosts[2].load->chain == folder.vhosts() / "other-chain.pem");
    CHECK(index.hosts[3].load->key == folder.vhosts() / "pair.key");
    CHECK(index.hosts[4].load->pfx_password == "changeit");
    CHECK(index.hosts[4].place == (folder.vhosts() / "windows.pfx").string());
}

TEST_CASE("certificate folder: what is wrong with one file is told, and the others are hosts") {
    Folder folder;
    const auto a = folder.made("a", "", {"a.test", "b.test"});
    const std::string both = Folder::text(a / "cert.pem") + Folder::text(a / "key.pem");
    folder.put("a.pem", both);
    folder.put("again.pem", both);
    folder.put("alone.pem", Folder::text(a / "cert.pem"));
    folder.put("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    folder.put("empty.pem", "");
    folder.put("no pfx.pfx", Folder::text(a / "cert.pfx"));
    folder.put("wrong.pfx", "nothing");
    folder.put("taken.pem", both);
    HostSettings taken;
    taken.id = "TAKEN";
    taken.names = {HostPattern::parse("b.test").value()};

    const FolderIndex index = folder.index({taken});
    CHECK(hosts_of(index) == "a: a.test\nagain:\n");
    const std::string problems = problems_of(folder, index);
    CAPTURE(problems);
    CHECK(
        problems.starts_with("a.pem: the name 'b.test' is taken by virtual host 'TAKEN'\n"
                             "again.pem: the name 'a.test' is taken by virtual host 'a'\n"
                             "again.pem: the name 'b.test' is taken by virtual host 'TAKEN'\n"
                             "alone.pem: the certificate has no private key\n"
                             "broken.pem: the certificate cannot be read\n"
                             "empty.pem: no PEM certificate here\n"
                             "no pfx.pfx: this file name cannot be the id of a host\n"
                             "taken.pem: id 'taken' is used by an earlier host\n"
                             "wrong.pfx: cannot read the PFX"));
}

TEST_CASE("certificate folder: in the configuration, beside hosts or in their place") {
    Folder folder;
    const auto a = folder.made("a", "", {"a.test"});
    folder.put("a.pem", Folder::text(a / "cert.pem") + Folder::text(a / "key.pem"));
    const std::string file = (folder.root / "lab.yaml").string();
    const std::string from = "certificates_from: {folder: vhosts}\n";
    const auto alone = parse_settings(file, from);
    REQUIRE(alone.has_value());
    REQUIRE(alone->hosts.size() == 1);
    CHECK(alone->hosts[0].id == "a");
    const auto both =
        parse_settings(file, from + "hosts: [{id: first, names: [x.test], certificate: {load: {pfx: p}}}]\n");
    REQUIRE(both.has_value());
    REQUIRE(both->hosts.size() == 2);
    CHECK(both->hosts[0].id == "first");

    struct Row {
        std::string text, found;
    };
    const Row rows[] = {
        {"certificates_from: {folder: nowhere}\n",
         "/lab.yaml:1:29: certificates_from.folder: " + (folder.root / "nowhere").string() +
             ": cannot read the folder: No such file or directory"},
        {"certificates_from: {folder: made/a/none}\nhosts: []\n", "cannot read the folder"},
        {"certificates_from: {}\n", "certificates_from: key 'folder' is missing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto refused = parse_settings(file, row.text);
        REQUIRE(refused.has_error());
        CHECK(to_string(refused.error().front()).find(row.found) != std::string::npos);
    }
    fs::remove(folder.vhosts() / "a.pem");
    const auto empty = parse_settings(file, from);
    REQUIRE(empty.has_error());
    CHECK(empty.error().front().what ==
          "certificates_from.folder: no certificate with a private key in this folder");
}
