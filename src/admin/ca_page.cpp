#include "admin/ca_page.hpp"

#include <fmt/format.h>
#include <openssl/x509.h>

#include <boost/json/object.hpp>
#include <optional>

#include "core/escape.hpp"
#include "core/files.hpp"
#include "ossl/digest.hpp"
#include "ossl/handles.hpp"
#include "pki/certificate.hpp"

namespace ocs::admin {
namespace {

/// Every character that markup knows as itself; the rest was made visible before.
std::string as_text(std::string_view text) {
    std::string out;
    for (const char c : visible(text)) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

/// "AB:CD:…", as Windows and OpenSSL show it.
std::string with_colons(std::string_view hex) {
    std::string text;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        if (i > 0 && i % 2 == 0) text += ':';
        text += static_cast<char>(hex[i] >= 'a' && hex[i] <= 'f' ? hex[i] - 'a' + 'A' : hex[i]);
    }
    return text;
}

std::string page(const pki::CertificateInfo& ca, const std::string& thumbprint) {
    return fmt::format(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n"
        "<html><head><title>fakeocs: the lab's CA</title></head><body>\n"
        "<h1>The lab's CA</h1>\n"
        "<p><b>For a lab machine only.</b> Whoever has this lab's state folder can make a certificate for "
        "any name "
        "that a machine with this CA will trust. Remove it after the test.</p>\n"
        "<h2><a href=\"/ca.cer\">ca.cer</a> for Windows and phones, <a href=\"/ca.pem\">ca.pem</a> for the "
        "rest</h2>\n"
        "<p>{}<br>valid to {}<br>SHA-256 <tt>{}</tt><br>SHA-1, the thumbprint Windows shows, "
        "<tt>{}</tt></p>\n"
        "<p>Compare the fingerprint with the one the lab prints at its start: this page came over plain "
        "HTTP.</p>\n"
        "<h2>Windows XP, Server 2003</h2>\n"
        "<p>Open ca.cer, Install Certificate, Place all certificates in the following store, Trusted Root "
        "Certification Authorities (show physical stores, Local Computer).</p>\n"
        "<h2>Windows Vista to 11, Server 2008 to 2025</h2>\n"
        "<p>In a prompt as administrator: <tt>certutil -addstore Root ca.cer</tt></p>\n"
        "<h2>Phones</h2>\n"
        "<p>iPhone, iPad: open ca.cer in Safari; Settings, Profile Downloaded, Install; then General, About, "
        "Certificate Trust Settings. Android: Settings, Security, Install a certificate, CA certificate. "
        "Windows "
        "Mobile, Windows Phone: open ca.cer, install.</p>\n"
        "<h2>Debian, Ubuntu</h2>\n"
        "<p><tt>cp ca.pem /usr/local/share/ca-certificates/fakeocs-lab.crt &amp;&amp; "
        "update-ca-certificates</tt></p>\n"
        "<h2>macOS</h2>\n"
        "<p><tt>sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "
        "ca.pem</tt></p>\n"
        "<h2>Firefox</h2>\n"
        "<p>Settings, Privacy &amp; Security, View Certificates, Authorities, Import.</p>\n"
        "</body></html>\n",
        as_text(ca.subject),
        utc_date(ca.not_after),
        with_colons(ca.fingerprint),
        with_colons(thumbprint));
}

struct LabCa {
    pki::CertificateInfo info;
    std::string thumbprint;
};

/// Empty: it is not there, or no certificate.
std::optional<LabCa> read_ca(const ControlledLab& lab) {
    const auto der = read_file(lab.state_folder / "ca" / "ca.cer");
    if (der.has_error()) return std::nullopt;
    const auto* octets = reinterpret_cast<const unsigned char*>(der->data());
    const ossl::X509Ptr ca(d2i_X509(nullptr, &octets, static_cast<long>(der->size())));
    if (!ca) return std::nullopt;
    return LabCa{pki::read_certificate(ca.get()), ossl::thumbprint(*der)};
}

}  // namespace

bool is_ca_path(std::string_view target) {
    return target == "/ca" || target == "/ca.cer" || target == "/ca.pem";
}

ApiReply ca_answer(const Call& call, const ControlledLab& lab) {
    const bool der = call.request.target.ends_with(".cer");
    const bool file = der || call.request.target.ends_with(".pem");
    const auto bytes = read_file(lab.state_folder / "ca" / (der ? "ca.cer" : "ca.pem"));
    if (bytes.has_error()) return failure(404, Error{"this lab has no CA yet", "", ""});
    if (file) {
        // The type with which Windows and phones offer to install it.
        ApiReply reply{200, der ? "application/x-x509-ca-cert" : "application/x-pem-file", *bytes, "", {}};
        reply.headers = {
            {"Content-Disposition", der ? "attachment; filename=ca.cer" : "attachment; filename=ca.pem"}};
        return reply;
    }
    const auto ca = read_ca(lab);
    if (!ca) return failure(502, Error{"ca.cer cannot be read", "", ""});
    return {200, "text/html; charset=utf-8", page(ca->info, ca->thumbprint), "", {}};
}

boost::json::value ca_summary(const ControlledLab& lab) {
    const auto ca = read_ca(lab);
    if (!ca) return nullptr;
    return boost::json::object{{"subject", visible(ca->info.subject)},
                               {"not_after", rfc3339(ca->info.not_after)},
                               {"sha256", ca->info.fingerprint},
                               {"sha1", ca->thumbprint}};
}

}  // namespace ocs::admin
