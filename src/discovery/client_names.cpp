#include "discovery/client_names.hpp"

#include <utility>

#include "core/escape.hpp"

namespace ocs::discovery {
namespace {

// The order tables of §1.2, one line a client.
struct Order {
    std::vector<std::string_view> labels;
    std::string_view source;
    Confidence confidence;
};

Order order_of(ClientGeneration client) {
    switch (client) {
        case ClientGeneration::oc2007:  // host names (2+) [1, 25], the SRV list of the blog [25]
            return {{"_sipinternaltls._tcp",
                     "_sipinternal._tcp",
                     "_sip._tls",
                     "_sip._tcp",
                     "sipinternal",
                     "sip",
                     "sipexternal"},
                    "[1, 25]",
                    Confidence::confirmed};
        case ClientGeneration::oc2007r2:
            return {{"_sipinternaltls._tcp",
                     "_sipinternal._tcp",
                     "_sip._tls",
                     "sipinternal",
                     "sip",
                     "sipexternal"},
                    "[3]",
                    Confidence::one_source};
        case ClientGeneration::lync2010:
            return {{"_sipinternaltls._tcp",
                     "_sipinternal._tcp",
                     "_sip._tls",
                     "sipinternal",
                     "sip",
                     "sipexternal"},
                    "[4]",
                    Confidence::one_source};
        case ClientGeneration::lync2013:
            return {{"lyncdiscoverinternal",
                     "lyncdiscover",
                     "_sipinternaltls._tcp",
                     "_sipinternal._tcp",
                     "_sip._tls",
                     "sipinternal",
                     "sip",
                     "sipexternal"},
                    "[5, 34]",
                    Confidence::confirmed};
        case ClientGeneration::sfb:
            return {{"lyncdiscoverinternal",
                     "lyncdiscover",
                     "_sipinternaltls._tcp",
                     "_sip._tls",
                     "sipinternal",
                     "sip",
                     "sipexternal"},
                    "[6]",
                    Confidence::one_source};
        case ClientGeneration::mobile:
            return {{"lyncdiscoverinternal", "lyncdiscover"}, "[5, 27, 28]", Confidence::confirmed};
        case ClientGeneration::cpe:
            return {{"_sipinternaltls._tcp",
                     "_sip._tls",
                     "_sipinternal._tcp",
                     "sipinternal",
                     "sip",
                     "sipexternal"},
                    "[33]",
                    Confidence::one_source};
    }
    return {{}, "", Confidence::unverified};
}

LookupKind kind_of(std::string_view label) {
    if (label.starts_with('_')) return LookupKind::srv;
    return label.starts_with("lyncdiscover") ? LookupKind::web : LookupKind::host;
}

}  // namespace

std::string_view to_string(ClientGeneration client) {
    switch (client) {
        case ClientGeneration::oc2007:
            return "oc2007";
        case ClientGeneration::oc2007r2:
            return "oc2007r2";
        case ClientGeneration::lync2010:
            return "lync2010";
        case ClientGeneration::lync2013:
            return "lync2013";
        case ClientGeneration::sfb:
            return "sfb";
        case ClientGeneration::mobile:
            return "mobile";
        case ClientGeneration::cpe:
            return "cpe";
    }
    return "";
}

Result<ClientGeneration> parse_client_generation(std::string_view word) {
    std::string known;
    for (ClientGeneration client : all_client_generations) {
        if (word == to_string(client)) return client;
        known += (known.empty() ? "" : ", ") + std::string(to_string(client));
    }
    return Error{"no client " + quoted(word), "", "one of " + known};
}

std::string_view to_string(LookupKind kind) {
    switch (kind) {
        case LookupKind::web:
            return "web";
        case LookupKind::srv:
            return "SRV";
        case LookupKind::host:
            return "host";
    }
    return "";
}

std::vector<ClientName> client_names(ClientGeneration client, const HostName& sip_domain) {
    const Order order = order_of(client);
    std::vector<ClientName> names;
    for (std::string_view label : order.labels) {
        ClientName name;
        name.kind = kind_of(label);
        name.lookup = std::string(label) + "." + sip_domain.text();
        // A fallback name is itself the reference name, even behind a CNAME (2+) [1, 26].
        if (name.kind != LookupKind::srv) name.reference = name.lookup;
        name.tls = label != "_sipinternal._tcp" && label != "_sip._tcp";
        name.source = order.source;
        name.confidence = order.confidence;
        if (client == ClientGeneration::oc2007 && name.kind == LookupKind::srv) {
            name.source = "[25]";  // the list of SRV names is the blog's alone
            name.confidence = Confidence::one_source;
        }
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace ocs::discovery
