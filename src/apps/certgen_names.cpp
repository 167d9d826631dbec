// names: which names must be on the certificate of a server role, who asks for them, and how to get it.

#include <iostream>

#include "apps/certgen_output.hpp"
#include "core/escape.hpp"
#include "discovery/required_names.hpp"

namespace ocs::certgen {
namespace {

using discovery::RequiredName;
using discovery::RequiredNames;
using discovery::RoleNames;
using discovery::ServerRole;

/// How sure the sources are, in words: the marks of the facts mean nothing to a reader of this output.
std::string_view words_of(discovery::Confidence confidence) {
    if (confidence == discovery::Confidence::confirmed) return "two sources or more";
    if (confidence == discovery::Confidence::one_source) return "one source";
    if (confidence == discovery::Confidence::inferred) return "inferred, no source says it";
    return "unverified";
}

std::string entry_of(const RequiredName& name) {
    return (name.kind == discovery::NameKind::uri ? "URI:sip:" : "") + name.name;
}

/// The command that makes the certificate, as the required names have it.
std::vector<std::string> issue_words(const RequiredNames& names) {
    std::vector<std::string> words = {"issue", "--name", std::string(to_string(names.role))};
    words.insert(words.end(), {"--cn", names.common_name});
    for (const RequiredName& name : names.names) words.insert(words.end(), {"--san", entry_of(name)});
    if (names.eku.size() > 1) {
        for (const std::string& usage : names.eku) words.insert(words.end(), {"--eku", usage});
    }
    return words;
}

std::string san_line(const RequiredNames& names) {
    std::string line;
    for (const auto& entry : names.san) {
        line += (line.empty() ? "" : ",") + std::string(discovery::to_string(entry.kind)) + ":" + entry.text;
    }
    return line;
}

void print(const Context& context, const RequiredNames& names) {
    std::cout << "role     " << to_string(names.role) << ": " << title(names.role) << "\n"
              << "subject  CN=" << names.common_name << "\n\n";
    for (const RequiredName& name : names.names) {
        std::cout << entry_of(name) << "  (" << to_string(name.place) << ")\n"
                  << "  asked by    " << name.asked_by << "\n"
                  << "  at          " << name.step << "\n"
                  << "  if missing  " << name.if_missing << "\n"
                  << "  known from  " << words_of(name.confidence) << "\n";
    }
    std::cout << "\nSAN list\n  " << san_line(names) << "\n";
    if (names.eku.size() > 1) std::cout << "EKU\n  serverAuth and clientAuth\n";
    std::cout << "make it\n  " << command_line(context, issue_words(names)) << "\n";
}

boost::json::object to_json(const Context& context, const RequiredNames& names) {
    boost::json::array list;
    for (const RequiredName& name : names.names) {
        list.push_back(boost::json::object{{"name", entry_of(name)},
                                           {"place", to_string(name.place)},
                                           {"asked_by", name.asked_by},
                                           {"step", name.step},
                                           {"if_missing", name.if_missing},
                                           {"source", name.source},
                                           {"confidence", to_string(name.confidence)}});
    }
    boost::json::array sans;
    for (const auto& entry : names.san) sans.emplace_back(shown(entry));
    return {{"role", to_string(names.role)},
            {"title", title(names.role)},
            {"common_name", names.common_name},
            {"names", std::move(list)},
            {"sans", std::move(sans)},
            {"eku", certgen::to_json(names.eku)},
            {"command", command_line(context, issue_words(names))}};
}

/// The option that gives a role the name it lives by.
std::string_view option_of(discovery::RoleNeeds needs) {
    switch (needs) {
        case discovery::RoleNeeds::pool:
            return "--pool FQDN";
        case discovery::RoleNeeds::server:
            return "--server FQDN";
        case discovery::RoleNeeds::web:
            return "--web FQDN";
        case discovery::RoleNeeds::domain:
            return "--sip-domain DOMAIN";
        case discovery::RoleNeeds::server_or_domain:
            return "--server FQDN or --sip-domain DOMAIN";
        case discovery::RoleNeeds::server_or_pool:
            return "--server FQDN or --pool FQDN";
    }
    return "";
}

void list_roles() {
    for (const ServerRole role : discovery::all_server_roles) {
        std::string word(to_string(role));
        word.resize(20, ' ');
        std::cout << word << title(role) << "\n" << std::string(20, ' ') << option_of(needs_of(role)) << "\n";
    }
}

Results<RoleNames> role_names(const NamesArguments& arguments) {
    RoleNames known;
    std::vector<Error> errors;
    const auto parse = [&](const std::string& text, const char* option) -> std::optional<HostName> {
        auto name = HostName::parse(text);
        if (name) return *name;
        Error error = name.error();
        error.where = option;
        errors.push_back(std::move(error));
        return std::nullopt;
    };
    for (const std::string& text : arguments.sip_domains) {
        if (auto name = parse(text, "--sip-domain")) known.sip_domains.push_back(std::move(*name));
    }
    for (const std::string& text : arguments.servers) {
        if (auto name = parse(text, "--server")) known.servers.push_back(std::move(*name));
    }
    if (!arguments.pool.empty()) known.pool = parse(arguments.pool, "--pool");
    if (!arguments.web.empty()) known.web = parse(arguments.web, "--web");
    if (!errors.empty()) return errors;
    return known;
}

}  // namespace

int run_names(const Context& context, const NamesArguments& arguments) {
    if (arguments.roles == std::vector<std::string>{"list"}) {
        list_roles();
        return done;
    }
    const auto known = role_names(arguments);
    if (known.has_error()) return report(known.error(), usage);
    std::vector<ServerRole> roles;
    for (const std::string& word : arguments.roles) {
        auto role = discovery::parse_server_role(word);
        if (role.has_error()) {
            return report(Error{role.error().what, "--role", "--role list shows them all"}, usage);
        }
        roles.push_back(*role);
    }
    std::vector<RequiredNames> found;
    std::vector<Error> errors;
    for (const ServerRole role : roles) {
        auto names = discovery::required_names(role, *known);
        if (names.has_error()) {
            errors.push_back(
                Error{names.error().what, "names", "give " + std::string(option_of(needs_of(role)))});
        } else {
            found.push_back(std::move(*names));
        }
    }
    if (!errors.empty()) return report(errors, usage);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (context.json) {
            std::cout << boost::json::serialize(to_json(context, found[i])) << "\n";
        } else {
            if (i > 0) std::cout << "\n";
            print(context, found[i]);
        }
    }
    return done;
}

}  // namespace ocs::certgen
