#include "dns/zone_file.hpp"

#include <fmt/format.h>

#include "core/escape.hpp"
#include "dns/zone_text.hpp"

namespace ocs::dns {
namespace {

constexpr std::size_t max_problems = 50;

bool starts_with_digit(const Field& field) {
    return !field.quoted && !field.text.empty() && field.text[0] >= '0' && field.text[0] <= '9';
}

class ZoneFile {
public:
    ZoneFile(std::string file, const Name& name, std::uint32_t ttl)
        : file_(std::move(file)), zone_(name, ttl), origin_(name), ttl_(ttl) {}

    Results<Zone> read(const std::vector<Entry>& entries) {
        for (const Entry& entry : entries) {
            if (problems_.size() >= max_problems) break;
            if (!problems_.empty() && zone_.size() >= max_records) break;  // each further line would say so
            line_ = entry.line;
            const std::string& first = entry.fields.front().text;
            if (!entry.keeps_owner && first.starts_with('$')) {
                directive(first, entry.fields);
            } else {
                record(entry);
            }
        }
        if (problems_.empty() && !has_soa_) {
            problems_.emplace_back(
                "no SOA record", file_, "a zone file has exactly one, at the top of the zone");
        }
        if (!problems_.empty()) return problems_;
        return std::move(zone_);
    }

private:
    void fail(const Error& error) {
        problems_.emplace_back(error.what, fmt::format("{}:{}", file_, line_), error.hint);
    }

    /// The zone-file rule: without a dot at its end a name belongs to the origin.
    Result<Name> read_name(std::string_view text) const {
        if (text == "@") return origin_;
        auto name = Name::parse(text);
        // An escaped dot at the end is part of the label; a name of one's own would have to be absurd to end
        // so.
        if (name.has_error() || text.ends_with('.')) return name;
        return name->below(origin_);
    }

    void directive(const std::string& word, const std::vector<Field>& fields) {
        if (equal_ignoring_case(word, "$ORIGIN") && fields.size() == 2) {
            const auto name = read_name(fields[1].text);
            if (name.has_error()) return fail(name.error());
            origin_ = *name;
        } else if (equal_ignoring_case(word, "$TTL") && fields.size() == 2) {
            const auto ttl = parse_period(fields[1].text);
            if (ttl.has_error()) return fail(ttl.error());
            ttl_ = *ttl;
        } else if (equal_ignoring_case(word, "$INCLUDE") || equal_ignoring_case(word, "$GENERATE")) {
            fail(Error{word + " is refused", "", "write the records into this file"});
        } else {
            fail(Error{quoted(word) + " is no directive with one value",
                       "",
                       "$ORIGIN name. and $TTL seconds are known"});
        }
    }

    void record(const Entry& entry) {
        std::span<const Field> rest(entry.fields);
        if (!entry.keeps_owner) {
            const auto owner = read_name(rest[0].text);
            has_owner_ = true;
            if (owner.has_error()) return fail(owner.error());
            owner_ = *owner;
            rest = rest.subspan(1);
        }
        if (!has_owner_) return fail(Error{"a record without an owner", "", "begin the line with its name"});
        std::uint32_t ttl = ttl_;
        // TTL and class come in either order (RFC 1035 §5.1).
        for (int i = 0; i < 2 && !rest.empty(); ++i) {
            if (starts_with_digit(rest[0])) {
                const auto own = parse_period(rest[0].text);
                if (own.has_error()) return fail(own.error());
                ttl = *own;
            } else if (equal_ignoring_case(rest[0].text, "CH") || equal_ignoring_case(rest[0].text, "HS")) {
                return fail(
                    Error{"class " + rest[0].text + " is not served", "", "IN is the only class here"});
            } else if (!equal_ignoring_case(rest[0].text, "IN")) {
                break;
            }
            rest = rest.subspan(1);
        }
        if (rest.empty()) return fail(Error{"a record without a type", "", ""});
        const auto type = parse_type(rest[0].text);
        if (type.has_error()) return fail(type.error());
        auto data =
            read_data(*type, rest.subspan(1), [this](std::string_view name) { return read_name(name); });
        if (data.has_error()) return fail(data.error());
        if (*type == Type::soa && has_soa_)
            return fail(Error{"a second SOA record", "", "a zone has exactly one"});
        if (const auto added = zone_.add(Record{owner_, *type, ttl, std::move(*data)}); added.has_error()) {
            return fail(added.error());
        }
        has_soa_ = has_soa_ || *type == Type::soa;
    }

    std::string file_;
    Zone zone_;
    Name origin_;
    Name owner_;
    bool has_owner_ = false;
    bool has_soa_ = false;
    std::uint32_t ttl_;
    int line_ = 1;
    std::vector<Error> problems_;
};

}  // namespace

Results<Zone> parse_zone_file(const std::string& file_name,
                              std::string_view text,
                              const Name& name,
                              std::uint32_t ttl) {
    if (text.size() > max_zone_file) {
        return std::vector<Error>{Error{fmt::format("larger than {} bytes", max_zone_file), file_name, ""}};
    }
    const auto entries = scan_entries(text);
    if (entries.has_error()) {
        return std::vector<Error>{
            Error{entries.error().what, file_name + ":" + entries.error().where, entries.error().hint}};
    }
    return ZoneFile(file_name, name, ttl).read(*entries);
}

}  // namespace ocs::dns
