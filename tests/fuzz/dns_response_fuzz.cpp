// The resolver's side: whatever a server sends, records that can be written again or an error that can be
// shown.

#include "dns/question.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dns::Question question{dns::Name::parse("a.t").value(), dns::Type::srv, 0x4142, true, 1232};
    const auto response = dns::decode(question, {data, size});
    if (!response) {
        require(fuzz::is_printable(response.error().what), "an error can be shown", response.error().what);
        require(!response.error().what.empty(), "an error says what");
        return 0;
    }
    for (const auto* section : {&response->answers, &response->authority, &response->additional}) {
        for (const dns::Record& record : *section) {
            const std::string text = data_text(record);
            require(fuzz::is_printable(text), "data can be shown", text);
            require(record.ttl <= 0x7fffffff, "a TTL is positive");
            const auto again = parse_data(record.type, text, dns::Name());
            const bool same_text =
                again && data_text(dns::Record{record.owner, record.type, 0, *again}) == text;
            const auto* soa = record.soa();
            const bool long_soa =
                soa != nullptr && ((soa->refresh | soa->retry | soa->expire | soa->minimum) >> 31) != 0;
            require(same_text || long_soa, "data reads back from its text", text);
        }
    }
    return 0;
}
