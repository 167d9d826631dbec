#include "yaml/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/escape.hpp"
#include "core/nearest.hpp"

namespace ocs::yaml {
namespace {

const Node nothing;  // what a survey finds under every key

std::string describe(const Node& node) {
    switch (node.kind) {
        case Kind::null:
            return "nothing";
        case Kind::scalar:
            return ocs::quoted(node.text);
        case Kind::map:
            return "a map";
        case Kind::seq:
            return "a list";
    }
    return "nothing";
}

bool is_decimal(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "5O61" has a letter where a digit belongs.
std::string look_alike_hint(const std::string& text) {
    std::string digits = text;
    for (char& c : digits) {
        if (c == 'O' || c == 'o') c = '0';
        if (c == 'l' || c == 'I') c = '1';
    }
    if (digits == text || !is_decimal(digits)) return "";
    return "did you mean " + digits + "? a letter stands where a digit belongs";
}

std::string join(const std::vector<std::string>& words) {
    std::string joined;
    for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
    return joined;
}

}  // namespace

std::string Problems::place(Mark mark) const {
    return file_ + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

void Problems::add(Mark mark, const std::string& path, const std::string& what, std::string hint) {
    add(mark, path, Error{what, "", std::move(hint)});
}

void Problems::add(Mark mark, const std::string& path, Error error) {
    if (!path.empty()) error.what = path + ": " + error.what;
    error.where = place(mark);
    problems_.push_back({mark, std::move(error)});
}

std::vector<Error> Problems::errors() const {
    std::vector<Problem> sorted = problems_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
        return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
    });
    std::vector<Error> errors;
    errors.reserve(sorted.size());
    for (Problem& problem : sorted) errors.push_back(std::move(problem.error));
    return errors;
}

void Value::mismatch(std::string_view expected, std::string hint, std::string_view what) const {
    Error error(std::string(what.empty() ? "not what belongs here" : what), "", std::move(hint));
    error.found = describe(*node_);
    error.expected = expected;
    fail(std::move(error));
}

void Value::fail(Error error) const { problems_->add(node_->mark, path_, std::move(error)); }

void Value::fail(const std::string& what, std::string hint) const {
    problems_->add(node_->mark, path_, what, std::move(hint));
}

std::optional<std::string> Value::string() const {
    if (node_->kind == Kind::scalar) return node_->text;
    mismatch("text");
    return std::nullopt;
}

std::optional<std::int64_t> Value::integer(std::int64_t min, std::int64_t max) const {
    const std::string& text = node_->text;
    std::int64_t number = 0;
    if (node_->kind == Kind::scalar && is_decimal(text)) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec == std::errc() && number >= min && number <= max) return number;
    }
    mismatch(fmt::format("a whole number from {} to {}", min, max), look_alike_hint(text), "bad number");
    return std::nullopt;
}

std::optional<double> Value::number(double min, double max) const {
    const std::string& text = node_->text;
    double number = 0;
    if (node_->kind == Kind::scalar) {
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number, std::chars_format::fixed);
        if (read.ec == std::errc() && read.ptr == end && std::isfinite(number) && number >= min &&
            number <= max) {
            return number;
        }
    }
    mismatch(fmt::format("a number from {} to {}", min, max), look_alike_hint(text), "bad number");
    return std::nullopt;
}

std::optional<bool> Value::boolean() const {
    if (node_->kind == Kind::scalar && node_->text == "true") return true;
    if (node_->kind == Kind::scalar && node_->text == "false") return false;
    mismatch("true or false");
    return std::nullopt;
}

std::optional<std::size_t> Value::word(const std::vector<std::string>& words) const {
    if (node_->kind == Kind::scalar) {
        const auto found = std::find(words.begin(), words.end(), node_->text);
        if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    }
    const auto close = nearest(node_->text, words);
    mismatch(
        "one of " + join(words), close ? "did you mean " + ocs::quoted(*close) + "?" : "", "unknown word");
    return std::nullopt;
}

Value Value::at(const std::string& key) const {
    for (const Entry& entry : node_->entries) {
        if (entry.key == key) return {entry.value, path_ + "." + key, *problems_};
    }
    return *this;
}

std::vector<Value> Value::list() const {
    std::vector<Value> values;
    if (node_->kind == Kind::seq) {
        for (std::size_t i = 0; i < node_->items.size(); ++i) {
            values.emplace_back(node_->items[i], path_ + "[" + std::to_string(i) + "]", *problems_);
        }
    } else if (node_->kind != Kind::null) {
        mismatch("a list");
    } else if (problems_->surveying()) {
        values.emplace_back(nothing, path_ + "[0]", *problems_);
    }
    return values;
}

Map::Map(const Value& value)
    : value_(value), is_map_(value.node().kind == Kind::map || value.node().kind == Kind::null) {
    if (!is_map_) value_.mismatch("a map");
}

std::string Map::path_of(const std::string& key) const {
    return value_.path().empty() ? visible(key) : value_.path() + "." + visible(key);
}

std::optional<Value> Map::find(const std::string& key) {
    known_.push_back(key);
    for (const Entry& entry : value_.node().entries) {
        if (entry.key == key) return Value(entry.value, path_of(key), value_.problems());
    }
    if (!value_.problems().surveying()) return std::nullopt;
    value_.problems().note_asked(path_of(key));
    return Value(nothing, path_of(key), value_.problems());
}

std::optional<Value> Map::require(const std::string& key) {
    std::optional<Value> found = find(key);
    if (!found && is_map_) value_.fail("key " + ocs::quoted(key) + " is missing");
    return found;
}

void Map::finish() const {
    for (const Entry& entry : value_.node().entries) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
        const auto close = nearest(entry.key, known_);
        Error error("unknown key " + ocs::quoted(entry.key),
                    "",
                    close ? "did you mean " + ocs::quoted(*close) + "?" : "");
        error.expected = "one of " + join(known_);
        value_.problems().add(entry.mark, value_.path(), std::move(error));
    }
}

}  // namespace ocs::yaml
