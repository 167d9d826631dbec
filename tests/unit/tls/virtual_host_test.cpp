#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine_pair.hpp"
#include "pki/state_folder.hpp"
#include "tls/virtual_hosts.hpp"

using namespace ocs;
using namespace ocs::tls;

namespace {

/// A state folder with one P-256 certificate that can be issued again.
class Lab {
public:
    Lab() {
        std::string name = (std::filesystem::temp_directory_path() / "virtual-host-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder = name;
        pki::CaOptions ca;
        ca.key.type = pki::KeyType::p256;
        REQUIRE(state().make_ca(ca, wall_now()).has_value());
    }
    ~Lab() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    pki::StateFolder state() const { return pki::StateFolder::open(folder).value(); }
    void issue(const std::string& san, pki::HashName hash = pki::HashName::sha256) {
        pki::Recipe recipe;
        recipe.name = "pool";
        recipe.key.type = pki::KeyType::p256;
        recipe.hash = hash;
        recipe.sans = {{discovery::NameKind::dns, san}};
        REQUIRE(state().issue(recipe, {}, wall_now(), true).has_value());
    }
    CertificateFiles files() const {
        CertificateFiles files;
        files.certificate = folder / "pool" / "fullchain.pem";
        files.key = folder / "pool" / "key.pem";
        files.generated = true;
        files.folder = "pool";
        files.lab_ca = folder / "ca" / "ca.pem";
        return files;
    }
    std::filesystem::path folder;
};

std::string san_of(const std::shared_ptr<const record::ServedCertificate>& certificate) {
    return certificate->names.san.front().text;
}

}  // namespace

TEST_CASE("virtual host: a certificate issued again is served to the next connection, told once") {
    Lab lab;
    lab.issue("one.test");
    auto host = VirtualHost::load("pool", lab.files(), {}).value();
    std::vector<std::string> changes, problems;
    host->on_change = [&](const record::ServedCertificate& now) { changes.push_back(now.names.san[0].text); };
    host->on_problem = [&](const Error& problem) { problems.push_back(problem.what); };
    EngineOptions options;
    options.policy.default_host = host;
    ClientSetup setup;

    EnginePair before(setup, options);
    before.run();
    lab.issue("two.test");
    EnginePair after(setup, options);
    after.run();
    EnginePair again(setup, options);
    again.run();
    CHECK(san_of(after.engine->certificate()) == "two.test");
    CHECK(san_of(again.engine->certificate()) == "two.test");
    CHECK(changes == std::vector<std::string>{"two.test"});
    // A connection that is open keeps what it was shown, and its record says so.
    CHECK(san_of(before.engine->certificate()) == "one.test");
    CHECK(problems.empty());
}

TEST_CASE("virtual host: a file that cannot be read is told once, and the old certificate goes on") {
    Lab lab;
    lab.issue("one.test");
    auto host = VirtualHost::load("pool", lab.files(), {}).value();
    std::vector<std::string> problems;
    host->on_problem = [&](const Error& problem) { problems.push_back(problem.what); };
    std::filesystem::remove(lab.folder / "pool" / "info.json");
    std::ofstream(lab.folder / "pool" / "fullchain.pem") << "no certificate";
    for (int i = 0; i < 3; ++i) CHECK(host->current().has_value());
    CHECK(problems.size() == 1);
    CHECK(san_of(host->certificate()) == "one.test");
    lab.issue("two.test");
    CHECK(host->current().has_value());
    CHECK(san_of(host->certificate()) == "two.test");
}

TEST_CASE("virtual host: on first use nothing is made or read before a client asks") {
    Lab lab;
    int prepared = 0;
    bool can_make = false;
    auto host = VirtualHost::on_first_use("pool", lab.files(), {}, [&]() -> Result<void> {
        ++prepared;
        if (!can_make) return Error{"no space left", "", ""};
        lab.issue("one.test");
        return {};
    });
    std::vector<std::string> problems;
    host->on_problem = [&](const Error& problem) { problems.push_back(problem.what); };
    EngineOptions options;
    options.policy.default_host = host;
    ClientSetup setup;
    CHECK(host->certificate() == nullptr);
    CHECK(prepared == 0);

    EnginePair refused(setup, options);
    refused.run();
    CHECK(!refused.engine->established());
    CHECK(refused.facts.virtual_host == "pool");
    CHECK(refused.facts.refusal == record::TlsRefusal::internal);
    CHECK(refused.facts.library_text == "no space left");
    CHECK(problems == std::vector<std::string>{"no space left"});

    can_make = true;
    for (int i = 0; i < 2; ++i) {
        EnginePair served(setup, options);
        served.run();
        CHECK(served.engine->established());
        CHECK(san_of(served.engine->certificate()) == "one.test");
    }
    CHECK(prepared == 2);
    lab.issue("two.test");
    EnginePair reissued(setup, options);
    reissued.run();
    CHECK(san_of(reissued.engine->certificate()) == "two.test");
}

TEST_CASE("virtual host: a file that is broken on first use is told once, and served once it is mended") {
    Lab lab;
    lab.issue("one.test");
    std::filesystem::remove(lab.folder / "pool" / "info.json");
    const auto whole = lab.folder / "pool" / "fullchain.pem";
    std::filesystem::rename(whole, lab.folder / "kept");
    std::ofstream(whole) << "no certificate";
    auto host = VirtualHost::on_first_use("pool", lab.files(), {});
    std::vector<std::string> problems, changes;
    host->on_problem = [&](const Error& problem) { problems.push_back(to_string(problem)); };
    host->on_change = [&](const record::ServedCertificate& now) { changes.push_back(now.names.san[0].text); };
    for (int i = 0; i < 3; ++i) {
        const auto context = host->current();
        REQUIRE(context.has_error());
        CHECK(to_string(context.error()) == whole.string() + ": no PEM certificate here");
    }
    CHECK(problems == std::vector{whole.string() + ": no PEM certificate here"});
    std::filesystem::rename(lab.folder / "kept", whole);
    CHECK(host->current().has_value());
    CHECK(changes == std::vector<std::string>{"one.test"});
}

TEST_CASE("virtual host: what a security level forbids is said in plain words") {
    Lab lab;
    lab.issue("one.test", pki::HashName::sha1);
    const auto refused = VirtualHost::load("pool", lab.files(), {0x0301, 0x0304, 2, false});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what ==
          "certificate pool (ecdsa-with-SHA1 signature) cannot be served at security level 2");
    CHECK(refused.error().hint == "lower security_level for this host, or make a stronger certificate");
    CHECK(VirtualHost::load("pool", lab.files(), {}).has_value());
    const auto later = VirtualHost::on_first_use("pool", lab.files(), {0x0301, 0x0304, 2, false})->current();
    REQUIRE(later.has_error());
    CHECK(later.error().what == refused.error().what);
}

TEST_CASE("virtual hosts: a name is given once, exact and wildcard apart") {
    VirtualHosts hosts;
    const auto host = TestHosts::get().host("ec");
    const auto add = [&](const std::string& name) {
        return hosts.add(HostPattern::parse(name).value(), host);
    };
    CHECK(add("a.test").has_value());
    CHECK(add("*.a.test").has_value());
    const auto taken = add("A.TEST.");
    REQUIRE(taken.has_error());
    CHECK(taken.error().what == "the name 'a.test' is taken by virtual host 'ec'");
    CHECK(hosts.size() == 2);
    struct Row {
        std::string name;
        bool found;
    };
    const Row rows[] = {{"a.test", true},
                        {"b.a.test", true},
                        {"c.b.a.test", false},
                        {"*.a.test", false},
                        {".a.test", false},
                        {"", false},
                        {".", false},
                        {"test", false}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(hosts.find(row.name).has_value() == row.found);
    }
}
