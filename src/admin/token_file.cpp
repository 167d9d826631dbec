#include "admin/token_file.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/escape.hpp"
#include "core/files.hpp"

namespace ocs::admin {
namespace {

constexpr std::size_t shortest = 20;
constexpr std::size_t longest = 512;
constexpr const char* make_anew = "delete the file, and the next start makes one";

Result<TokenFile> make(const std::filesystem::path& path) {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return Error{"no random bytes for a token", path.string(), ""};
    TokenFile made{"", path, true};
    for (const unsigned char byte : bytes) made.token += fmt::format("{:02x}", byte);
    auto written = write_file(path, made.token + "\n", private_file);
    if (written.has_error()) return written.error();
    return made;
}

}  // namespace

Result<TokenFile> ensure_token(const std::filesystem::path& state_folder) {
    const auto path = state_folder / token_file_name;
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) {
        if (errno == ENOENT) return make(path);
        return Error{std::string("cannot look at the token: ") + std::strerror(errno), path.string(), ""};
    }
    if (!S_ISREG(about.st_mode)) return Error{"the token is no file", path.string(), make_anew};
    if ((about.st_mode & 077U) != 0)
        return Error{
            "others can read the API's token", path.string(), "chmod 600 " + shell_quoted(path.string())};
    auto text = read_file(path, longest);
    if (text.has_error()) return text.error();
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    const bool plain = std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (text->size() < shortest || !plain) {
        return Error{
            fmt::format("the token is not at least {} printable characters without blanks", shortest),
            path.string(),
            make_anew};
    }
    return TokenFile{std::move(*text), path, false};
}

}  // namespace ocs::admin
