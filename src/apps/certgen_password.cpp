// Where the password of a PFX comes from. Never from an argument: those stand on the process list.

#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "apps/certgen_output.hpp"
#include "core/escape.hpp"
#include "core/files.hpp"

namespace ocs::certgen {
namespace {

/// The terminal does not show what is typed while this lives.
class NoEcho {
public:
    NoEcho() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~NoEcho() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

Result<std::string> first_line_of_input() {
    std::string line;
    if (!std::getline(std::cin, line)) {
        return Error{"standard input has no line", "--pfx-password-file -", "the password and a newline"};
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

Result<std::string> prompted(bool twice) {
    if (isatty(STDIN_FILENO) == 0) return first_line_of_input();
    const NoEcho quiet;
    std::cerr << "PFX password: " << std::flush;
    auto password = first_line_of_input();
    std::cerr << "\n";
    if (!password || !twice) return password;
    std::cerr << "once more: " << std::flush;
    auto again = first_line_of_input();
    std::cerr << "\n";
    if (!again) return again;
    if (*again == *password) return password;
    return Error{"the two passwords differ", "--pfx-password-file -", ""};
}

}  // namespace

bool PasswordSource::is_given() const { return !file.empty() || !environment.empty(); }

Result<std::string> read_password(const PasswordSource& source,
                                  const std::string& otherwise,
                                  Purpose purpose) {
    if (!source.environment.empty()) {
        const char* value = std::getenv(source.environment.c_str());
        if (value != nullptr) return std::string(value);
        return Error{"environment variable " + ocs::quoted(source.environment) + " is not set",
                     "--pfx-password-env",
                     ""};
    }
    if (source.file.empty()) return otherwise;
    if (source.file == "-") return prompted(purpose == Purpose::making);
    const auto text = read_file(source.file, 4096);
    if (text.has_error()) return text.error();
    std::string line = text->substr(0, text->find('\n'));
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

}  // namespace ocs::certgen
