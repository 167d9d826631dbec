#include "admin/http_head.hpp"

namespace ocs::admin {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

/// What is wrong at this place, or null. What has not come yet is not wrong.
const char* problem_at(std::string_view bytes, std::size_t i) {
    const char c = bytes[i];
    if (c == '\0') return "a NUL is in the head of the request";
    if (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) return "a line ends with LF alone";
    if (i + 1 == bytes.size()) return nullptr;
    if (c == '\r' && bytes[i + 1] != '\n') return "a CR is within a line";
    if (c == '\n' && (bytes[i + 1] == ' ' || bytes[i + 1] == '\t'))
        return "a header goes on in the next line";
    return nullptr;
}

std::string_view head_of(std::string_view bytes) {
    const std::size_t end = bytes.find(end_of_head);
    return end == std::string_view::npos ? bytes : bytes.substr(0, end + end_of_head.size());
}

bool may_begin(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

bool head_is_over(std::string_view bytes) {
    if (bytes.empty()) return false;
    return !may_begin(bytes.front()) || bytes.find(end_of_head) != std::string_view::npos ||
           !head_problem(bytes).empty();
}

std::string head_problem(std::string_view bytes) {
    const std::string_view head = head_of(bytes);
    for (std::size_t i = 0; i < head.size(); ++i) {
        if (const char* problem = problem_at(head, i)) return problem;
    }
    return "";
}

}  // namespace ocs::admin
