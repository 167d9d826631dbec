// inspect: everything that stands on a certificate, and what is sent along with it.

#include <iostream>

#include "apps/certgen_output.hpp"
#include "apps/certgen_presented.hpp"
#include "core/escape.hpp"

namespace ocs::certgen {

int run_inspect(const Context& context, const InspectArguments& arguments) {
    Presented presented;
    LoadFailure failure;
    if (!load_presented(
            context, arguments.certificate, arguments.password, arguments.live, presented, failure)) {
        return report(failure.error, failure.code);
    }
    const auto info = pki::read_certificate(presented.leaf.get());
    if (context.json) {
        boost::json::object object = to_json(info, context.now);
        boost::json::array chain;
        for (const auto& certificate : presented.chain) {
            chain.push_back(to_json(pki::read_certificate(certificate.get()), context.now));
        }
        object["from"] = visible(presented.where, 4096);
        object["chain"] = std::move(chain);
        std::cout << boost::json::serialize(object) << "\n";
        return done;
    }
    std::cout << "from         " << visible(presented.where) << "\n" << facts(info, context.now);
    for (const auto& certificate : presented.chain) {
        const auto link = pki::read_certificate(certificate.get());
        std::cout << "sent along   " << visible(link.subject) << ", until " << utc_date(link.not_after)
                  << "\n";
    }
    return done;
}

}  // namespace ocs::certgen
