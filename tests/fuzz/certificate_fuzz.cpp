// A certificate in DER, as a live host presents it: every name and fact is read, whatever it holds.

#include "core/escape.hpp"
#include "discovery/name_policy.hpp"
#include "ossl/handles.hpp"
#include "pki/certificate.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const unsigned char* at = data;
    const ossl::X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(size)));
    if (!certificate) return 0;
    const pki::CertificateInfo info = pki::read_certificate(certificate.get());
    require(info.names == pki::presented_names(certificate.get()), "the names are the same both ways");
    require(info.fingerprint.size() == 64, "a fingerprint is SHA-256 in hex", info.fingerprint);
    require(fuzz::is_printable(info.serial), "a serial is hex", info.serial);
    require(!info.key.empty() && info.key_bits >= 0, "a key has a word and a size");
    require(rfc3339(info.not_before).ends_with('Z') && rfc3339(info.not_after).ends_with('Z'),
            "dates are dates");
    require(info.names.san_present || info.names.san.empty(), "names of a SAN come from a SAN");
    for (const auto policy : discovery::all_name_policies) {
        discovery::compare_names(policy, info.names, "sip.contoso.test");
    }
    return 0;
}
