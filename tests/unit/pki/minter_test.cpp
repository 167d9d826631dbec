#include "pki/minter.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <thread>

#include "pki/state_folder.hpp"

using namespace ocs;

namespace {

class Folder {
public:
    Folder() {
        char name[] = "/tmp/fakeocs-mint-XXXXXX";
        path_ = ::mkdtemp(name);
        auto state = pki::StateFolder::open(path_).value();
        pki::CaOptions options;
        options.key.type = pki::KeyType::p256;
        state.ensure_ca(options, wall_now()).value();
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

pki::MintSettings p256(std::size_t cache = 1000) {
    pki::MintSettings settings;
    settings.key.type = pki::KeyType::p256;
    settings.cache = cache;
    return settings;
}

HostName host(const std::string& text) { return HostName::parse(text).value(); }

}  // namespace

TEST_CASE("minter: a certificate for exactly the name, or the defect its prefix asks for") {
    const Folder folder;
    const WallTime now = wall_now();
    auto minter = pki::Minter::make(folder.path(), p256(), now).value();
    struct Row {
        std::string name, on_certificate, why;
    };
    const std::string long_name = std::string(60, 'a') + "." + std::string(60, 'b') + ".test";
    const Row rows[] = {
        {"any.contoso.test", "any.contoso.test", "a good one"},
        {"wrong.contoso.test", "contoso.test", "never the name that was asked for"},
        {"expired.contoso.test", "expired.contoso.test", "the right name, out of date"},
        {"expiredcontoso.test", "expiredcontoso.test", "a prefix ends at a dot"},
        {long_name, long_name, "too long for a CN: SAN only"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto minted = minter->mint(host(row.name), now).value();
        REQUIRE(minted->info.names.san.size() == 1);
        CHECK(minted->info.names.san.front().text == row.on_certificate);
    }
    CHECK(minter->mint(host("expired.contoso.test"), now).value()->info.not_after < now);
    CHECK(minter->mint(host("not-yet.contoso.test"), now).value()->info.not_before > now);
    CHECK(minter->mint(host("self-signed.contoso.test"), now).value()->info.self_signed);
    CHECK(minter->mint(host("no-server-auth.contoso.test"), now).value()->info.eku ==
          std::vector<std::string>{"clientAuth"});
    CHECK(minter->mint(host("sha1.contoso.test"), now).value()->info.weak);
    const auto good = minter->mint(host("any.contoso.test"), now).value();
    CHECK(minter->mint(host("unknown-ca.contoso.test"), now).value()->info.issuer != good->info.issuer);
    CHECK(minter->mint(host(long_name), now).value()->info.names.common_names.empty());
}

TEST_CASE("minter: an expired one is made beside the good one, and not kept") {
    const Folder folder;
    const WallTime now = wall_now();
    auto minter = pki::Minter::make(folder.path(), p256(), now).value();
    const auto good = minter->mint(host("a.test"), now).value();
    const auto expired = minter->mint_expired(host("a.test"), now).value();
    CHECK(expired->info.not_after < now);
    CHECK(expired->info.not_before < expired->info.not_after);
    CHECK(expired->info.names.san == good->info.names.san);
    CHECK(expired->info.issuer == good->info.issuer);
    CHECK(good->info.not_after > now);
    CHECK(minter->mint(host("a.test"), now).value() == good);
    CHECK(minter->kept() == 1);
}

TEST_CASE("minter: a known name is not signed again, and the one used longest ago goes first") {
    const Folder folder;
    const WallTime now = wall_now();
    auto minter = pki::Minter::make(folder.path(), p256(2), now).value();
    const auto a = minter->mint(host("a.test"), now).value();
    const auto b = minter->mint(host("b.test"), now).value();
    CHECK(minter->mint(host("a.test"), now).value() == a);
    minter->mint(host("c.test"), now).value();  // b was used longest ago
    CHECK(minter->kept() == 2);
    CHECK(minter->mint(host("a.test"), now).value() == a);
    CHECK(minter->mint(host("b.test"), now).value() != b);
    CHECK(b->info.names.san.front().text == "b.test");  // whoever holds it keeps it
}

TEST_CASE("minter: names that many ask for at once are signed once each") {
    const Folder folder;
    const WallTime now = wall_now();
    auto minter = pki::Minter::make(folder.path(), p256(), now).value();
    constexpr int threads = 4;
    constexpr int names = 20;
    std::vector<std::vector<const pki::Minted*>> seen(threads);
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            for (int n = 0; n < names; ++n) {
                seen[static_cast<std::size_t>(t)].push_back(
                    minter->mint(host("h" + std::to_string(n) + ".test"), now).value().get());
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    for (const auto& one : seen) CHECK(one == seen.front());
    CHECK(minter->kept() == names);
}
