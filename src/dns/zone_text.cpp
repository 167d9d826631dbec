#include "dns/zone_text.hpp"

#include <fmt/format.h>

#include <limits>

#include "core/escape.hpp"

namespace ocs::dns {
namespace {

constexpr std::uint64_t max_period = 0x7fff'ffff;
constexpr std::size_t max_string = 255;  // RFC 1035 §3.3

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Result<std::vector<Entry>> run() {
        while (at_ < text_.size() && problem_.what.empty()) step();
        if (problem_.what.empty() && depth_ > 0) fail("a parenthesis is not closed", entry_.line);
        if (!problem_.what.empty()) return problem_;
        end_entry();
        return std::move(entries_);
    }

private:
    void step() {
        const char c = text_[at_];
        if (c == '\n') {
            ++at_;
            ++line_;
            if (depth_ == 0) end_entry();
        } else if (is_blank(c)) {
            if (at_line_start()) entry_.keeps_owner = true;
            ++at_;
        } else if (c == ';') {
            while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        } else if (c == '(') {
            ++at_;
            if (++depth_ > 1) fail("a parenthesis inside parentheses", line_);
        } else if (c == ')') {
            ++at_;
            if (--depth_ < 0) fail("a parenthesis closes that was not opened", line_);
        } else {
            field();
        }
    }

    [[nodiscard]] bool at_line_start() const {
        return entry_.fields.empty() && depth_ == 0 && (at_ == 0 || text_[at_ - 1] == '\n');
    }

    void field() {
        if (entry_.fields.empty()) entry_.line = line_;
        Field field;
        field.quoted = text_[at_] == '"';
        if (field.quoted) ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (field.quoted ? c == '"' : is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')') break;
            if (is_control(c)) break;
            field.text += c;
            ++at_;
            if (c != '\\') continue;
            if (at_ >= text_.size() || is_control(text_[at_]))
                return fail("a backslash ends the line", line_);
            field.text += text_[at_++];
        }
        if (field.quoted) {
            if (at_ >= text_.size() || text_[at_] != '"')
                return fail("a quote is not closed on its line", line_);
            ++at_;
        } else if (at_ < text_.size() && is_control(text_[at_]) && text_[at_] != '\n' &&
                   !is_blank(text_[at_])) {
            return fail("a control character", line_);
        }
        entry_.fields.push_back(std::move(field));
    }

    void end_entry() {
        if (!entry_.fields.empty()) entries_.push_back(std::move(entry_));
        entry_ = Entry();
    }

    void fail(const std::string& what, int line) { problem_ = Error{what, std::to_string(line), ""}; }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    int depth_ = 0;
    Entry entry_;
    std::vector<Entry> entries_;
    Error problem_;
};

Result<std::uint64_t> read_number(const Field& field, const char* what, std::uint64_t max) {
    std::uint64_t value = 0;
    for (const char c : field.text) {
        if (is_digit(c)) value = value * 10 + static_cast<std::uint64_t>(c - '0');
        if (is_digit(c) && value <= max) continue;
        return Error{fmt::format("{} {} is not between 0 and {}", what, quoted(field.text), max), "", ""};
    }
    return value;
}

Result<Data> read_address(Type type, const Field& field) {
    auto address = IpAddress::parse(field.text);
    if (address.has_error()) return address.error();
    if (address->is_v6() == (type == Type::aaaa)) return Data(std::move(*address));
    const char* other = address->is_v6() ? "AAAA" : "A";
    return Error{fmt::format("{} is not the address of an {} record", quoted(field.text), type_text(type)),
                 "",
                 fmt::format("type {} takes it", other)};
}

Result<Data> read_srv(std::span<const Field> fields, const NameRule& read_name) {
    constexpr std::uint64_t max = std::numeric_limits<std::uint16_t>::max();
    const auto priority = read_number(fields[0], "priority", max);
    if (priority.has_error()) return priority.error();
    const auto weight = read_number(fields[1], "weight", max);
    if (weight.has_error()) return weight.error();
    const auto port = read_number(fields[2], "port", max);
    if (port.has_error()) return port.error();
    auto target = read_name(fields[3].text);
    if (target.has_error()) return target.error();
    return Data(Srv{static_cast<std::uint16_t>(*priority),
                    static_cast<std::uint16_t>(*weight),
                    static_cast<std::uint16_t>(*port),
                    std::move(*target)});
}

Result<Data> read_soa(std::span<const Field> fields, const NameRule& read_name) {
    Soa soa;
    auto primary = read_name(fields[0].text);
    if (primary.has_error()) return primary.error();
    soa.primary = std::move(*primary);
    auto mailbox = read_name(fields[1].text);
    if (mailbox.has_error()) return mailbox.error();
    soa.mailbox = std::move(*mailbox);
    const auto serial = read_number(fields[2], "serial", std::numeric_limits<std::uint32_t>::max());
    if (serial.has_error()) return serial.error();
    soa.serial = static_cast<std::uint32_t>(*serial);
    std::uint32_t* const periods[] = {&soa.refresh, &soa.retry, &soa.expire, &soa.minimum};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto period = parse_period(fields[3 + i].text);
        if (period.has_error()) return period.error();
        *periods[i] = *period;
    }
    return Data(std::move(soa));
}

Result<std::string> unescape(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 >= text.size()) {
            bytes += text[at];
        } else if (!is_digit(text[at + 1])) {
            bytes += text[++at];
        } else {
            const auto code = read_number(Field{std::string(text.substr(at + 1, 3)), false}, "escape", 255);
            if (code.has_error() || at + 3 >= text.size())
                return Error{"a backslash with digits has three, up to 255", "", ""};
            bytes += static_cast<char>(*code);
            at += 3;
        }
    }
    return bytes;
}

Result<Data> read_txt(std::span<const Field> fields) {
    Txt txt;
    std::size_t total = 0;
    for (const Field& field : fields) {
        auto bytes = unescape(field.text);
        if (bytes.has_error()) return bytes.error();
        if (bytes->size() > max_string) {
            return Error{"a text is longer than 255 bytes", "", "split it: \"first part\" \"second part\""};
        }
        total += bytes->size() + 1;
        txt.strings.push_back(std::move(*bytes));
    }
    if (total > std::numeric_limits<std::uint16_t>::max())
        return Error{"a record is longer than 65535 bytes", "", ""};
    return Data(std::move(txt));
}

/// What one writes after the type, for error messages; TXT takes any number of fields.
struct Form {
    std::size_t fields;
    const char* example;
};

Form form_of(Type type) {
    switch (type) {
        case Type::a:
            return {1, "127.0.0.1"};
        case Type::aaaa:
            return {1, "::1"};
        case Type::ns:
        case Type::cname:
        case Type::ptr:
            return {1, "front01.contoso.test."};
        case Type::srv:
            return {4, "PRIORITY WEIGHT PORT TARGET, such as 0 0 5061 sip.contoso.test."};
        case Type::soa:
            return {7, "PRIMARY MAILBOX SERIAL REFRESH RETRY EXPIRE MINIMUM"};
        case Type::txt:
            return {0, "\"text\""};
    }
    return {0, ""};
}

}  // namespace

Result<std::vector<Entry>> scan_entries(std::string_view text) { return Scanner(text).run(); }

bool is_absolute(std::string_view name) {
    if (!name.ends_with('.')) return false;
    const std::size_t last = name.find_last_not_of('\\', name.size() - 2);
    const std::size_t backslashes =
        name.size() - 2 - (last == std::string_view::npos ? std::size_t(-1) : last);
    return name.size() == 1 || backslashes % 2 == 0;
}

Result<Data> read_data(Type type, std::span<const Field> fields, const NameRule& read_name) {
    const Form form = form_of(type);
    if (type == Type::txt ? fields.empty() : fields.size() != form.fields) {
        return Error{fmt::format("{} fields of data where {} has {}",
                                 fields.size(),
                                 type_text(type),
                                 type == Type::txt ? "one or more" : std::to_string(form.fields)),
                     "",
                     fmt::format("{} is followed by {}", type_text(type), form.example)};
    }
    if (type == Type::txt) return read_txt(fields);
    for (const Field& field : fields) {
        if (field.quoted) return Error{"quotes around " + quoted(field.text), "", "only TXT data is quoted"};
    }
    switch (type) {
        case Type::a:
        case Type::aaaa:
            return read_address(type, fields[0]);
        case Type::srv:
            return read_srv(fields, read_name);
        case Type::soa:
            return read_soa(fields, read_name);
        default:
            break;
    }
    auto name = read_name(fields[0].text);
    if (name.has_error()) return name.error();
    return Data(std::move(*name));
}

Result<std::uint32_t> parse_period(std::string_view text) {
    const Error problem(
        quoted(text) + " is not a time in seconds from 0 to 2147483647", "", "3600, or with units: 1h30m");
    if (text.empty()) return problem;
    std::uint64_t total = 0;
    std::uint64_t number = 0;
    bool digits = false;
    for (const char c : text) {
        if (is_digit(c)) {
            digits = true;
            number = number * 10 + static_cast<std::uint64_t>(c - '0');
        } else {
            const std::size_t unit = std::string_view("smhdw").find(static_cast<char>(c | 0x20));
            if (!digits || unit == std::string_view::npos) return problem;
            constexpr std::uint64_t seconds[] = {1, 60, 3600, 86400, 604800};
            total += number * seconds[unit];
            number = 0;
            digits = false;
        }
        if (number > max_period || total > max_period) return problem;
    }
    total += number;
    if (total > max_period) return problem;
    return static_cast<std::uint32_t>(total);
}

}  // namespace ocs::dns
