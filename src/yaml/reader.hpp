#pragma once
// Typed access to a parsed document that collects every problem instead of stopping at the first.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "yaml/document.hpp"

namespace ocs::yaml {

/// Collects errors of one file. Each reads `file:line:column: path: what: found …, expected …`.
class Problems {
public:
    explicit Problems(std::string file) : file_(std::move(file)) {}
    /// Starts with what parse() could survive.
    explicit Problems(const Document& document) : file_(document.file), problems_(document.problems) {}

    [[nodiscard]] std::string place(Mark mark) const;
    void add(Mark mark, const std::string& path, const std::string& what, std::string hint = "");
    void add(Mark mark, const std::string& path, Error error);  ///< `where` is filled in here
    [[nodiscard]] bool empty() const { return problems_.empty(); }
    [[nodiscard]] std::size_t size() const { return problems_.size(); }
    [[nodiscard]] std::vector<Error> errors() const;  ///< in the order of the file

    /// From here on every key that is asked for is there, with nothing in it, every list has one item, and
    /// the paths asked for are kept: a loader that reads an empty document so tells which keys it knows.
    void start_survey() { surveying_ = true; }
    [[nodiscard]] bool surveying() const { return surveying_; }
    void note_asked(std::string path) { asked_.push_back(std::move(path)); }
    [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

private:
    std::string file_;
    std::vector<Problem> problems_;
    std::vector<std::string> asked_;
    bool surveying_ = false;
};

/// A node with its path ("hosts[0].names"). Getters answer empty after they have noted a problem. Refers to
/// the node and the problems, which must outlive it.
class Value {
public:
    Value(const Node& node, std::string path, Problems& problems)
        : node_(&node), path_(std::move(path)), problems_(&problems) {}

    [[nodiscard]] const Node& node() const { return *node_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string place() const { return problems_->place(node_->mark); }
    [[nodiscard]] Problems& problems() const { return *problems_; }

    /// "<what>: found <this value>, expected <expected>"; `what` is "not what belongs here" unless given.
    void mismatch(std::string_view expected, std::string hint = "", std::string_view what = "") const;
    void fail(const std::string& what, std::string hint = "") const;
    void fail(Error error) const;  ///< its `where` is filled in

    [[nodiscard]] std::optional<std::string> string() const;
    /// Decimal digits only: no octal, no sign but a leading minus.
    [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t min, std::int64_t max) const;
    [[nodiscard]] std::optional<double> number(double min, double max) const;
    [[nodiscard]] std::optional<bool> boolean() const;  ///< `true` or `false` and nothing else
    /// One of `words`: answers its index.
    [[nodiscard]] std::optional<std::size_t> word(const std::vector<std::string>& words) const;
    /// What stands under `key` in this map, or the map itself: for problems found later.
    [[nodiscard]] Value at(const std::string& key) const;
    /// The items of a list; nothing written (`names:`) is an empty list.
    [[nodiscard]] std::vector<Value> list() const;

private:
    const Node* node_;
    std::string path_;
    Problems* problems_;
};

/// A map whose keys are asked for one by one; finish() reports those nobody asked for, with the nearest
/// known key. Nothing written (`limits:`) is an empty map; a value of another kind is a problem.
class Map {
public:
    explicit Map(const Value& value);

    [[nodiscard]] std::optional<Value> find(const std::string& key);
    [[nodiscard]] std::optional<Value> require(const std::string& key);  ///< a missing key is a problem
    void finish() const;
    [[nodiscard]] const Value& value() const { return value_; }
    [[nodiscard]] std::string path_of(const std::string& key) const;

private:
    Value value_;
    bool is_map_;
    std::vector<std::string> known_;
};

}  // namespace ocs::yaml
