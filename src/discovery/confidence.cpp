#include "discovery/confidence.hpp"

namespace ocs::discovery {

std::string_view to_string(Confidence confidence) {
    switch (confidence) {
        case Confidence::confirmed:
            return "2+";
        case Confidence::one_source:
            return "1";
        case Confidence::inferred:
            return "inf";
        case Confidence::unverified:
            return "unv";
        case Confidence::unknown:
            return "unknown";
        case Confidence::own:
            return "own";
    }
    return "";
}

}  // namespace ocs::discovery
