#include "admin/left_sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "core/files.hpp"

namespace ocs::admin {
namespace {

constexpr std::size_t longest_file = std::size_t{256} << 10U;
constexpr std::string_view everybody = "*";

}  // namespace

/// Lines of an end and an id; the id "*" stands for all that end by then.
Result<LeftSessions> LeftSessions::load(std::filesystem::path file) {
    LeftSessions left;
    left.file_ = std::move(file);
    std::error_code missing;
    if (!std::filesystem::exists(left.file_, missing)) return left;
    const auto read = read_file(left.file_, longest_file);
    if (read.has_error()) return read.error();
    std::string_view rest = *read;
    for (int number = 1; !rest.empty(); ++number) {
        const std::size_t newline = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, newline);
        rest.remove_prefix(std::min(newline + 1, rest.size()));
        std::int64_t end = 0;
        const auto [behind, error] = std::from_chars(line.data(), line.data() + line.size(), end);
        const std::string_view id = line.substr(static_cast<std::size_t>(behind - line.data()));
        if (error != std::errc() || id.size() < 2 || !id.starts_with(' ')) {
            return Error{"this is no session that was left",
                         fmt::format("{}:{}", left.file_.string(), number),
                         "delete this file and api-token: that ends all sessions"};
        }
        if (id.substr(1) == everybody) {
            left.all_until_ = std::max(left.all_until_, end);
        } else {
            left.take(std::string(id.substr(1)), end);
        }
    }
    return left;
}

bool LeftSessions::has(const std::string& id, std::int64_t end) const {
    return end <= all_until_ || ends_.contains(id);
}

Result<void> LeftSessions::add(const std::string& id, std::int64_t end, WallTime now) {
    const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    std::erase_if(ends_, [&](const auto& one) { return one.second <= seconds; });
    take(id, end);
    if (file_.empty()) return {};
    return write_file(file_, text(), private_file);
}

void LeftSessions::take(const std::string& id, std::int64_t end) {
    ends_[id] = end;
    if (ends_.size() <= most) return;
    const auto oldest = std::min_element(
        ends_.begin(), ends_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    all_until_ = std::max(all_until_, oldest->second);
    ends_.erase(oldest);
}

std::string LeftSessions::text() const {
    std::string lines;
    if (all_until_ > 0) lines += fmt::format("{} {}\n", all_until_, everybody);
    for (const auto& [id, end] : ends_) lines += fmt::format("{} {}\n", end, id);
    return lines;
}

}  // namespace ocs::admin
