#include "admin/token_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/files.hpp"

using namespace ocs;
using namespace ocs::admin;

namespace {

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string made = (std::filesystem::temp_directory_path() / "fakeocs-token-XXXXXX").string();
        REQUIRE(::mkdtemp(made.data()) != nullptr);
        path = made;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("token file: made once, for its owner alone, and another one each time") {
    const Folder folder, other;
    const auto made = ensure_token(folder.path);
    REQUIRE(made.has_value());
    CHECK(made->made_now);
    CHECK(made->token.size() == 64);
    struct stat about {};
    REQUIRE(::stat(made->path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600U);
    const auto again = ensure_token(folder.path);
    REQUIRE(again.has_value());
    CHECK_FALSE(again->made_now);
    CHECK(again->token == made->token);
    CHECK(ensure_token(other.path)->token != made->token);
}

TEST_CASE("token file: what is refused, and what to do") {
    const Folder folder;
    const auto path = folder.path / token_file_name;
    const auto problem = [&](const std::string& text, mode_t mode) {
        REQUIRE(write_file(path, text, mode).has_value());
        const auto read = ensure_token(folder.path);
        return read.has_error() ? read.error().what : "";
    };
    CHECK(problem("twenty-characters-xx\n", private_file).empty());
    CHECK(problem("twenty-characters-xx\r\n", private_file).empty());
    CHECK(problem("twenty-characters-xx\n", 0640) == "others can read the API's token");
    const std::string weak = "the token is not at least 20 printable characters without blanks";
    CHECK(problem("", private_file) == weak);
    CHECK(problem("nineteen-characters\n", private_file) == weak);
    CHECK(problem("twenty characters xxx\n", private_file) == weak);
    CHECK(problem("twenty-characters-x\xc3\xbc\n", private_file) == weak);
    CHECK_FALSE(problem(std::string(1000, 'x'), private_file).empty());
    std::filesystem::remove(path);
    std::filesystem::create_symlink("/etc/hostname", path);
    CHECK(ensure_token(folder.path).error().what == "the token is no file");
}
