// fakeocs help: a page about what the output speaks of, and no option has.

#include <fmt/format.h>

#include <array>

#include "apps/command.hpp"
#include "apps/common.hpp"
#include "core/escape.hpp"
#include "core/nearest.hpp"

namespace ocs::apps {
namespace {

struct Topic {
    const char* name;
    const char* about;
    const char* page;
};

constexpr const char* verdicts = R"(What was observed of a connection, one word; a cause is never part of it.
docs/handshake-log.md has more, docs/clients-seen.md what each client does.

signed-in             REGISTER was answered 200, and the client went on
accepted              application data came; some send it before they look
rejected-alert        the client's fatal alert, before or after Finished
finished-no-data      handshake done, then gone without a byte: a check in the
                      client, perhaps of the name
finished-silent       handshake done, nothing since: a person before a dialog
closed-in-handshake   gone after the certificate, without an alert
closed-after-hello    gone before the certificate had left
closed-partial-hello  gone in the middle of its ClientHello
closed-before-hello   connected and left without a byte, as scanners do
no-bytes              connected and sent nothing until the deadline
handshake-timeout     the deadline ended the handshake
no-common-version     no TLS version that both allow
no-common-cipher      no cipher suite or signature algorithm that both have
bad-hello             a ClientHello that breaks the protocol
not-tls               the first bytes were no TLS; what they were stands beside
turned-away           a limit of the lab, or an armed fault
server-error          the lab's own failure

How sure the reading of it is: certain, likely, possible, with reasons. No TLS
alert means 'wrong name', and no alert means nothing either.

  fakeocs log --filter verdict:rejected-alert,finished-no-data
)";

constexpr const char* names = R"(Which name a client looks for on the certificate, and where the lab knows it
from.

wanted name   the host name the client meant, known by
  sni         its ClientHello; Windows XP, Server 2003 and phones send none
  dns         its look-ups in the lab DNS, if they led to this connection
  both, sip   both of them; the domain of its REGISTER
presented     the DNS names of the certificate's SAN list, and its CN
policy        how the two are compared:
  communicator2007  SAN or CN, no wildcards
  lync2010          SAN, with wildcards, else CN
  rfc9525           browsers: SAN only, a wildcard for one whole label
  rfc5922           SIP: sip:DOMAIN or the domain in the SAN, else CN
  openssl           what X509_check_host says

Which must be on a certificate, who asks for each, and what breaks without it:
  fakeocs-certgen names --role list
  fakeocs-certgen names --role ocs-pool --pool pool01.contoso.test \
      --sip-domain contoso.test
Whether one has them:
  fakeocs-certgen check front01 --sip-domain contoso.test
What a client looks up, and in which order:
  fakeocs profiles --show communicator2007
)";

constexpr const char* pfx = R"(Every certificate is also a cert.pfx, with its key and chain, for Windows.

profile   cipher, MAC         imports on
legacy    3DES, SHA-1         Windows XP to 11, Server 2003 to 2022 (default)
modern    AES-256, SHA-256    Windows 10 1709, Server 2019 and later: older ones
                              call the password wrong

The password is 'changeit' unless another is given, never on a command line:
  fakeocs-certgen pfx front01 --pfx-profile modern --out front.pfx
  fakeocs-certgen pfx front01 --out front.pfx --pfx-password-file -
In a lab's configuration: pfx: {profile: modern, password: WORD}
On Windows, as administrator:
  certutil -importpfx cert.pfx
)";

constexpr const char* trust = R"(A client goes on only if it trusts the lab's CA. Compare the fingerprint that
the lab prints at its start with what the client shows, and take the CA away
again after the test. Files: ca/ca.cer (Windows, phones), ca/ca.pem (others).

Windows Vista to 11, Server 2008 to 2025, as administrator:
  certutil -addstore Root ca.cer
  certutil -delstore Root "NAME OF THE CA"
Windows XP, Server 2003: open ca.cer, Install Certificate, Place all in the
  following store, Trusted Root Certification Authorities (show physical stores,
  Local Computer)
Debian, Ubuntu:
  sudo cp ca.pem /usr/local/share/ca-certificates/fakeocs.crt
  sudo update-ca-certificates
macOS:
  sudo security add-trusted-cert -d -r trustRoot \
      -k /Library/Keychains/System.keychain ca.pem
Firefox: Settings, Privacy & Security, View Certificates, Authorities, Import
Phones: open http://LAB:PORT/ca in their browser (ca_page: in the configuration)
)";

constexpr std::array<Topic, 4> topics = {{{"verdicts", "the words for what became of a connection", verdicts},
                                          {"names", "wanted, presented, and how they are compared", names},
                                          {"pfx", "PFX profiles, and which Windows takes them", pfx},
                                          {"trust", "the lab's CA on a client, by its system", trust}}};

int show(const std::string& wanted) {
    std::vector<std::string> known;
    for (const Topic& topic : topics) {
        if (wanted == topic.name) {
            fmt::print("{}", topic.page);
            return 0;
        }
        if (wanted.empty()) fmt::print("fakeocs help {:<9}  {}\n", topic.name, topic.about);
        known.emplace_back(topic.name);
    }
    if (wanted.empty()) {
        fmt::print("fakeocs SUBCOMMAND --help has the options\n");
        return 0;
    }
    const auto close = nearest(wanted, known);
    return print_error(
        Error{"no topic is called " + ocs::quoted(wanted),
              "",
              close ? "did you mean " + ocs::quoted(*close) + "?" : "fakeocs help lists them"});
}

}  // namespace

Command help_command(const Program&) {
    auto topic = std::make_shared<std::string>();
    Command command{
        "help",
        "pages about verdicts, names, PFX files, trust",
        {{"topic", topic.get(), "verdicts, names, pfx or trust; none: what there is", false, "TOPIC"}},
        "\nExit codes: 0 done; 2 no such topic.\n"
        "\nExamples:\n"
        "  fakeocs help\n"
        "  fakeocs help verdicts\n"
        "  fakeocs help trust\n",
        {},
        [topic] { return show(*topic); },
        topic};
    return command;
}

}  // namespace ocs::apps
