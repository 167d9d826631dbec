#pragma once
// What serve, quickstart and check take besides their own arguments. A flag wins over its FAKEOCS_ variable,
// a variable over the file, the file over the default.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "apps/command.hpp"
#include "config/settings.hpp"
#include "server/lab.hpp"

namespace ocs::apps {

/// A value that a flag or a variable gives. An empty variable counts as none.
struct Setting {
    Setting(std::string flag_, std::string variable_)
        : flag(std::move(flag_)), variable(std::move(variable_)) {}

    std::string flag;      ///< "--port"
    std::string variable;  ///< "FAKEOCS_PORT"
    std::string value;     ///< of the flag, until take_variable()

    /// The value and where it comes from, for messages.
    void take_variable();
    [[nodiscard]] bool is_given() const { return !value.empty(); }
    [[nodiscard]] const std::string& where() const { return from_variable_ ? variable : flag; }
    [[nodiscard]] config::Origin origin() const {
        return {from_variable_ ? config::Source::variable : config::Source::flag, where()};
    }

private:
    bool from_variable_ = false;
};

struct LabFlags {
    Setting config{"--config", "FAKEOCS_CONFIG"};
    Setting state_dir{"--state-dir", "FAKEOCS_STATE"};
    Setting listen{"--listen", "FAKEOCS_LISTEN"};
    Setting port{"--port", "FAKEOCS_PORT"};
    Setting admin{"--admin", "FAKEOCS_ADMIN"};
    Setting json{"--json", "FAKEOCS_JSON"};
    Setting text{"--text", "FAKEOCS_TEXT"};
    Setting key_log{"--key-log", "FAKEOCS_KEY_LOG"};
    Setting capture{"--capture", "FAKEOCS_CAPTURE"};
    Setting color{"--color", "FAKEOCS_COLOR"};
    Setting detail{"-q or -v", "FAKEOCS_DETAIL"};
    bool capture_flag = false;
    bool quiet = false;
    bool verbose = false;

    /// For serve and quickstart: all but --config.
    [[nodiscard]] std::vector<Argument> arguments();
    [[nodiscard]] Argument config_argument();
    [[nodiscard]] Argument state_argument();

    /// To be called once, after the command line was read.
    void take_variables();
    /// Puts what was given over `settings`, and itself over their origins; settles the state folder in any
    /// case.
    [[nodiscard]] std::vector<Error> apply(config::Settings& settings) const;
};

inline constexpr const char* config_here = "fakeocs.yaml";
inline constexpr const char* config_installed = "/etc/fakeocs/config.yaml";
/// --config, FAKEOCS_CONFIG, ./fakeocs.yaml, /etc/fakeocs/config.yaml.
Result<std::filesystem::path> config_path(const LabFlags& flags);
/// That file, and what was given over it.
Results<config::Settings> load_with_flags(const LabFlags& flags);

/// What the lab needs of these settings. The reload of a file is not among it.
server::LabOptions lab_options(const config::Settings& settings, const Program& program);

/// The end of a help page: exit codes of the lab, then examples.
std::string lab_footer(const std::string& examples);

}  // namespace ocs::apps
