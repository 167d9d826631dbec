#pragma once
// What fakeocs-certgen does, without its command line: one plain struct and one function per subcommand.
// Every function prints what it did and returns the exit code of the program.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "pki/state_folder.hpp"

namespace ocs::certgen {

enum ExitCode : int {
    done = 0,
    failed = 1,
    usage = 2,
    name_mismatch = 10,
    not_trusted = 11,  ///< or not valid
    no_server = 12,    ///< a live host has no address
    tcp_failed = 13,
    tls_failed = 14,
};

/// What every subcommand knows.
struct Context {
    std::string program;                   ///< argv[0], for the commands we print
    std::optional<std::string> state_dir;  ///< --state-dir
    bool json = false;                     ///< standard output is JSON; remarks go to standard error
    WallTime now;
};

/// Where the password of a PFX comes from; at most one is set.
struct PasswordSource {
    std::string file;         ///< its first line; "-": a prompt, or the first line of standard input
    std::string environment;  ///< name of the variable
    [[nodiscard]] bool is_given() const;
};

struct CaArguments {
    pki::CaOptions options;
    std::string key = "rsa-2048";
    std::string hash = "sha256";
    bool force = false;
};

struct IssueArguments {
    std::string name;
    std::vector<std::string> common_names;
    std::vector<std::string> subject;  ///< "O=fakeocs lab", in front of the common names
    std::vector<std::string> sans;
    std::string san_der;
    std::string key = "rsa-2048";
    bool share_key = false;  ///< also for recipes of a file
    std::string hash = "sha256";
    bool rsa_pss = false;
    std::string not_before = "-1h";
    std::string not_after = "+825d";
    std::string issuer = "lab_ca";
    std::vector<std::string> eku;        ///< empty: serverAuth; one "none": no extension
    std::vector<std::string> key_usage;  ///< empty: what suits the key
    bool is_ca = false;
    std::vector<std::string> crl_urls;
    bool revoked = false;
    bool self_signed = false;
    bool via_intermediate = false;
    bool no_send_intermediate = false;
    std::vector<std::string> recipes;  ///< names in the recipe file
    std::string recipe_file;           ///< empty: recipes.yaml of the state folder; alone: all recipes in it
    bool force = false;
    PasswordSource password;
    std::string pfx_profile = "legacy";
};

struct ReissueArguments {
    std::string name;
    std::vector<std::string> add;
    std::vector<std::string> remove;
};

struct NamesArguments {
    std::vector<std::string> roles;  ///< words of discovery::ServerRole; one "list": show them
    std::vector<std::string> sip_domains;
    std::string pool;
    std::vector<std::string> servers;
    std::string web;
};

/// How a live server is asked.
struct LiveOptions {
    std::optional<std::string> server_name;  ///< SNI; absent: the host, unless it is an address; empty: none
    int timeout_ms = 10'000;
};

struct InspectArguments {
    std::string certificate;  ///< a name in the state folder, a file, or HOST:PORT
    PasswordSource password;
    LiveOptions live;
};

struct PfxArguments {
    std::string name;
    std::string target;
    std::string profile = "legacy";
    PasswordSource password;
    bool force = false;
};

struct CheckArguments {
    std::string certificate;  ///< as for inspect
    std::vector<std::string> hosts;
    std::vector<std::string> sip_domains;
    std::string batch;                        ///< JSON Lines; "-" is standard input
    std::string policy = "communicator2007";  ///< or "all"
    std::vector<std::string> clients;         ///< profiles: their policies, and their names of the domains
    std::string ca;                           ///< PEM or DER file of the CA to trust
    PasswordSource password;
    LiveOptions live;
};

int run_ca(const Context& context, const CaArguments& arguments);
int run_issue(const Context& context, const IssueArguments& arguments);
int run_reissue(const Context& context, const ReissueArguments& arguments);
int run_names(const Context& context, const NamesArguments& arguments);
int run_inspect(const Context& context, const InspectArguments& arguments);
int run_pfx(const Context& context, const PfxArguments& arguments);
int run_check(const Context& context, const CheckArguments& arguments);

}  // namespace ocs::certgen
