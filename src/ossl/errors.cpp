#include "ossl/errors.hpp"

#include <openssl/err.h>

#include "core/escape.hpp"

namespace ocs::ossl {

std::string take_errors() {
    std::string text;
    const char* data = nullptr;
    int flags = 0;
    while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        if (!text.empty()) text += "; ";
        const char* reason = ERR_reason_error_string(code);
        text += reason != nullptr ? reason : "error " + std::to_string(code);
        if (data != nullptr && (flags & ERR_TXT_STRING) != 0 && *data != '\0') {
            text += " (" + visible(data, 120) + ")";
        }
    }
    return text.empty() ? "no reason given" : text;
}

}  // namespace ocs::ossl
