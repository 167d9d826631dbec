#pragma once
// What a fuzz target claims about the code it feeds. A claim that fails ends the program, which is what
// libFuzzer takes for a finding; so does an exception that leaves the target.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace ocs::fuzz {

/// Ends the program, naming the claim, unless it holds. `shown` is printed with it.
inline void require(bool holds, std::string_view claim, std::string_view shown = {}) {
    if (holds) return;
    const auto length = [](std::string_view text) { return static_cast<int>(text.size()); };
    std::fprintf(stderr,
                 "claim does not hold: %.*s\n  %.*s\n",
                 length(claim),
                 claim.data(),
                 length(shown),
                 shown.data());
    std::abort();
}

/// Text for people and terminals: printable ASCII, and the ellipsis that our own sentences use.
inline bool is_printable(std::string_view text) {
    constexpr std::string_view ellipsis = "…";
    while (!text.empty()) {
        const bool plain = text.front() >= 0x20 && text.front() <= 0x7e;
        if (!plain && !text.starts_with(ellipsis)) return false;
        text.remove_prefix(plain ? 1 : ellipsis.size());
    }
    return true;
}

/// Cuts an input into parts: a target with several arguments takes one after the other.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    /// Up to the next `separator`, which is dropped; all that is left where there is none.
    std::string_view until(char separator) {
        const auto end = rest_.find(separator);
        const std::string_view part = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return part;
    }
    /// One byte as a number; 0 at the end.
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace ocs::fuzz
