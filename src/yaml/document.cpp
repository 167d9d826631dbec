#include "yaml/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "core/escape.hpp"
#include "core/files.hpp"

namespace ocs::yaml {
namespace {

struct Refused {
    Mark mark;
    std::string what;
    std::string hint;
};

Mark to_mark(const YAML::Mark& mark) { return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1}; }

Node make_node(Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind = kind;
    node.mark = to_mark(mark);
    return node;
}

std::string place(const std::string& file, Mark mark) {
    return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

Mark mark_at(std::string_view text, std::size_t position) {
    Mark mark;
    for (char c : text.substr(0, position)) {
        if (c == '\n') {
            ++mark.line;
            mark.column = 1;
        } else {
            ++mark.column;
        }
    }
    return mark;
}

/// yaml-cpp 0.7 takes the end of the file for a closing quote.
bool closes(std::string_view from_quote) {
    const char quote = from_quote.front();
    for (std::size_t i = 1; i < from_quote.size(); ++i) {
        if (quote == '"' && from_quote[i] == '\\') {
            ++i;
        } else if (from_quote[i] == quote) {
            if (quote == '"' || i + 1 == from_quote.size() || from_quote[i + 1] != '\'') return true;
            ++i;
        }
    }
    return false;
}

class TreeBuilder : public YAML::EventHandler {
public:
    /// With `goes_on`, what does not hide the rest of the file is collected.
    TreeBuilder(std::string_view text, bool goes_on) : text_(text), goes_on_(goes_on) {}

    Node take_root() { return std::move(root_); }
    [[nodiscard]] const std::vector<Refused>& survived() const { return survived_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (started_) {
            throw Refused{to_mark(mark),
                          "a second document, or text after the end of the first",
                          "keep one document per file and check the indentation here"};
        }
        started_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        check(mark, "", anchor);
        if (wants_key()) throw Refused{to_mark(mark), "a key must be a plain word", ""};
        add(make_node(Kind::null, mark));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        refuse({to_mark(mark), "aliases ('*name') are not supported", "write the value out"});
        if (wants_key()) throw Refused{to_mark(mark), "a key must be a plain word", ""};
        add(make_node(Kind::null, mark));
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        check(mark, tag, anchor);
        if (tag == "!") check_quoted(mark);
        if (value.size() > max_scalar_bytes) {
            throw Refused{
                to_mark(mark), "a value of " + std::to_string(value.size()) + " bytes is over 64 KiB", ""};
        }
        // yaml-cpp puts the bytes 85 and A0 in place of \N and \_, which are no UTF-8.
        if (!is_valid_utf8(value)) {
            refuse({to_mark(mark), "the escape \\N or \\_ is not supported", "write \\u0085 or \\u00a0"});
        }
        if (wants_key()) {
            take_key(mark, value);
            return;
        }
        Node node = make_node(Kind::scalar, mark);
        node.text = value;
        add(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, anchor, Kind::seq);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, anchor, Kind::map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        Node node;
        bool has_key = false;
        bool is_duplicate = false;  // the key is there already: its second value is dropped
        Entry entry;
    };

    void refuse(Refused refused) {
        constexpr std::size_t enough = 50;
        if (!goes_on_ || survived_.size() >= enough) throw refused;
        survived_.push_back(std::move(refused));
    }

    [[nodiscard]] bool wants_key() const {
        return !levels_.empty() && levels_.back().node.kind == Kind::map && !levels_.back().has_key;
    }

    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (++events_ > max_events) throw Refused{to_mark(mark), "more than 500000 values in one file", ""};
        if (anchor != 0) {
            refuse({to_mark(mark), "anchors ('&name') are not supported", "write the value out"});
        }
        if (!tag.empty() && tag != "?" && tag != "!") {
            refuse({to_mark(mark), "tags (" + ocs::quoted(tag) + ") are not supported", "remove the tag"});
        }
    }

    void check_quoted(const YAML::Mark& mark) {
        const auto position = static_cast<std::size_t>(std::max(mark.pos, 0));
        if (position >= text_.size()) return;
        const char first = text_[position];
        if (first == '!') refuse({to_mark(mark), "tags ('!') are not supported", "remove the tag"});
        if ((first == '"' || first == '\'') && !closes(text_.substr(position))) {
            throw Refused{to_mark(mark), "a quote that opens here never closes", ""};
        }
    }

    void take_key(const YAML::Mark& mark, const std::string& key) {
        Level& level = levels_.back();
        level.is_duplicate = false;
        for (const Entry& entry : level.node.entries) {
            if (entry.key != key) continue;
            refuse(
                {to_mark(mark),
                 "duplicate key " + ocs::quoted(key) + ", first in line " + std::to_string(entry.mark.line),
                 "remove one of the two"});
            level.is_duplicate = true;
        }
        level.entry = Entry{.key = key, .mark = to_mark(mark), .value = {}};
        level.has_key = true;
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
        check(mark, tag, anchor);
        if (wants_key()) throw Refused{to_mark(mark), "a key must be a plain word", ""};
        if (static_cast<int>(levels_.size()) >= max_depth) {
            throw Refused{to_mark(mark), "nested more than 32 levels deep", ""};
        }
        Level level;
        level.node = make_node(kind, mark);
        levels_.push_back(std::move(level));
    }

    void close() {
        Node done = std::move(levels_.back().node);
        levels_.pop_back();
        add(std::move(done));
    }

    void add(Node node) {
        if (levels_.empty()) {
            root_ = std::move(node);
            return;
        }
        Level& level = levels_.back();
        if (level.node.kind == Kind::seq) {
            level.node.items.push_back(std::move(node));
            return;
        }
        level.entry.value = std::move(node);
        if (!level.is_duplicate) level.node.entries.push_back(std::move(level.entry));
        level.has_key = false;
    }

    std::string_view text_;
    bool goes_on_;
    std::vector<Refused> survived_;
    std::vector<Level> levels_;
    Node root_;
    int events_ = 0;
    bool started_ = false;
};

Error to_error(const std::string& file, const Refused& refused) {
    return Error{refused.what, place(file, refused.mark), refused.hint};
}

Result<Document> guarded_parse(const std::string& file, std::string_view text, bool goes_on) {
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        TreeBuilder builder(text, goes_on);
        // Twice and no more: the second call finds nothing or is refused at its first event, so a parser
        // that makes no progress (yaml-cpp #1318) cannot keep us.
        if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
        Document document{file, builder.take_root(), {}};
        for (const Refused& refused : builder.survived()) {
            document.problems.push_back({refused.mark, to_error(file, refused)});
        }
        return document;
    } catch (const Refused& refused) {
        return to_error(file, refused);
    } catch (const YAML::Exception& error) {
        return Error{"not valid YAML: " + visible(error.msg), place(file, to_mark(error.mark)), ""};
    } catch (const std::exception& error) {
        return Error{"cannot be parsed: " + visible(error.what()), file, ""};
    }
}

Result<Document> checked_parse(const std::string& file, std::string_view text, bool goes_on) {
    constexpr const char* hint = "save the file as UTF-8";
    if (text.size() > max_bytes) return Error{"larger than 8 MiB", file, ""};
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return Error{"a NUL byte in the text", place(file, mark_at(text, nul)), hint};
    }
    if (const std::size_t valid = valid_utf8_prefix(text); valid < text.size()) {
        return Error{"not valid UTF-8", place(file, mark_at(text, valid)), hint};
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return guarded_parse(file, text, goes_on);
}

}  // namespace

Result<Document> parse(const std::string& file_name, std::string_view text) {
    return checked_parse(file_name, text, false);
}

Result<Document> parse_on(const std::string& file_name, std::string_view text) {
    return checked_parse(file_name, text, true);
}

Result<Document> load(const std::filesystem::path& path) {
    const Result<std::string> text = read_file(path, max_bytes);
    if (text.has_error()) return text.error();
    return parse(path.string(), *text);
}

}  // namespace ocs::yaml
