#include "record/evidence.hpp"

#include <array>

namespace ocs::record {

std::string_view to_string(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::hello:
            return "hello";
        case EvidenceKind::certificate:
            return "certificate";
        case EvidenceKind::sip:
            return "sip";
        case EvidenceKind::dns_query:
            return "dns-query";
        case EvidenceKind::dns_answer:
            return "dns-answer";
        case EvidenceKind::capture:
            return "capture";
    }
    return "";
}

std::optional<EvidenceKind> evidence_kind(std::string_view word) {
    constexpr std::array kinds = {EvidenceKind::hello,
                                  EvidenceKind::certificate,
                                  EvidenceKind::sip,
                                  EvidenceKind::dns_query,
                                  EvidenceKind::dns_answer,
                                  EvidenceKind::capture};
    for (const EvidenceKind kind : kinds)
        if (to_string(kind) == word) return kind;
    return std::nullopt;
}

}  // namespace ocs::record
