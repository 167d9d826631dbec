#include "discovery/register_request.hpp"

#include "core/escape.hpp"

namespace ocs::discovery {
namespace {

std::string transport_word(const ClientProfile& profile, Transport transport) {
    const std::string word(to_string(transport));
    return profile.reg.via_transport.value == "TLS" ? word : ascii_lower(word);
}

std::string local_endpoint(const RegisterIds& ids) {
    const std::string address = ids.local_address.text();
    return (ids.local_address.is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(ids.local_port);
}

}  // namespace

std::string register_request(const ClientProfile& profile, const SipUser& user, const RegisterIds& ids) {
    const RegisterShape& shape = profile.reg;
    std::string text;
    const auto line = [&text](std::string_view name, const std::string& value) {
        text += std::string(name) + ": " + value + "\r\n";
    };
    const std::string endpoint = local_endpoint(ids);
    const std::string address = "<sip:" + user.address() + ">";

    text = "REGISTER sip:" + user.domain().text() + " SIP/2.0\r\n";
    line("Via",
         "SIP/2.0/" + transport_word(profile, ids.transport) + " " + endpoint +
             (shape.via_branch.value ? ";branch=z9hG4bK" + ids.branch : ""));
    line("From", address + ";tag=" + ids.tag + ";epid=" + ids.epid);
    line("To", address);
    line("Max-Forwards", "70");
    line("CSeq", std::to_string(ids.cseq) + " REGISTER");
    line("User-Agent", shape.user_agent.value);
    line("Call-ID", ids.call_id);
    std::string contact = "<sip:" + endpoint + ";transport=" + ascii_lower(to_string(ids.transport)) +
                          ";ms-opaque=" + ids.opaque + ">;methods=\"" + shape.methods.value +
                          "\";proxy=replace;+sip.instance=\"<urn:uuid:" + ids.instance + ">\"";
    if (!shape.contact_parameters.value.empty()) contact += ";" + shape.contact_parameters.value;
    line("Contact", contact);
    for (const std::string& supported : shape.supported.value) line("Supported", supported);
    line("Event", "registration");
    if (!shape.allow_events.value.empty()) line("Allow-Events", shape.allow_events.value);
    line("ms-keep-alive", "UAC;hop-hop=yes");
    line("Content-Length", "0");
    return text + "\r\n";
}

}  // namespace ocs::discovery
