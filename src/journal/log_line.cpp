#include "journal/log_line.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "core/escape.hpp"

namespace ocs::journal {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_text = 4096;
constexpr Micros longest_duration = std::chrono::hours(24 * 366);  // so that sums stay in range
constexpr std::size_t most_items = 256;                            // of a list

/// Escaped text stays as it is; whatever else a file brings is escaped as anything untrusted.
std::string printable(std::string_view text) {
    const std::string shown = visible(text, longest_text);
    std::string out;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        out += shown[i];
        if (shown[i] == '\\' && i + 1 < shown.size() && shown[i + 1] == '\\') ++i;
    }
    return out;
}

/// Reads members by dotted path; what is not there or of another type is empty.
class Fields {
public:
    explicit Fields(const json::object& object) : object_(object) {}

    [[nodiscard]] const json::value* find(std::string_view path) const {
        const json::object* at = &object_;
        for (;;) {
            const std::size_t dot = path.find('.');
            const json::value* value = at->if_contains(path.substr(0, dot));
            if (value == nullptr || dot == std::string_view::npos) return value;
            at = value->if_object();
            if (at == nullptr) return nullptr;
            path.remove_prefix(dot + 1);
        }
    }
    [[nodiscard]] std::string text(std::string_view path) const {
        const json::value* value = find(path);
        const json::string* text = value == nullptr ? nullptr : value->if_string();
        return text == nullptr ? std::string() : printable(*text);
    }
    [[nodiscard]] std::vector<std::string> texts(std::string_view path) const {
        std::vector<std::string> all;
        for (const json::value& value : array(path))
            if (const auto* text = value.if_string(); text != nullptr && all.size() < most_items)
                all.push_back(printable(*text));
        return all;
    }
    [[nodiscard]] const json::array& array(std::string_view path) const {
        static const json::array none;
        const json::value* value = find(path);
        const json::array* array = value == nullptr ? nullptr : value->if_array();
        return array == nullptr ? none : *array;
    }
    template <class Number>
    [[nodiscard]] Number number(std::string_view path) const {
        const json::value* value = find(path);
        if (value == nullptr) return 0;
        boost::system::error_code error;
        const auto number = value->to_number<Number>(error);
        return error ? Number{0} : number;
    }
    [[nodiscard]] bool truth(std::string_view path) const {
        const json::value* value = find(path);
        return value != nullptr && value->is_bool() && value->get_bool();
    }
    [[nodiscard]] std::optional<Micros> micros(std::string_view path) const {
        if (find(path) == nullptr) return std::nullopt;
        return std::clamp(Micros{number<std::int64_t>(path)}, Micros{0}, longest_duration);
    }

private:
    const json::object& object_;
};

/// "TLS 1.2" → 0x0303, "SSL 3.0" → 0x0300; 0 for anything else.
std::uint16_t version_number(std::string_view name) {
    if (name == "SSL 3.0") return 0x0300;
    if (name.size() == 7 && name.starts_with("TLS 1.") && name[6] >= '0' && name[6] <= '3')
        return static_cast<std::uint16_t>(0x0301 + (name[6] - '0'));
    return 0;
}

void collect_texts(const json::value& value, std::string& out, int depth = 0) {
    if (const auto* text = value.if_string()) {
        out += ascii_lower(printable(*text)) + '\n';
    } else if (depth > 8) {
        return;
    } else if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            // What a guess goes by names all who look alike: whoever looks for one of them means another
            // record.
            if (member.key() != "basis") collect_texts(member.value(), out, depth + 1);
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& item : *array) collect_texts(item, out, depth + 1);
    }
}

void read_alerts(const Fields& fields, LogLine& line) {
    for (const json::value& value : fields.array("tls.alerts")) {
        const auto* object = value.if_object();
        if (object == nullptr || line.alerts.size() >= most_items) continue;
        const Fields alert(*object);
        line.alerts.push_back({alert.number<int>("code"),
                               alert.text("name"),
                               alert.text("direction") == "from-client",
                               alert.truth("after_finished"),
                               alert.micros("at_us").value_or(Micros{0})});
    }
}

void read_connection(const Fields& fields, LogLine& line) {
    line.kind = LineKind::connection;
    line.id = fields.text("id");
    line.duration = fields.micros("duration_us").value_or(Micros{0});
    line.provisional = fields.truth("provisional");
    line.verdict = fields.text("verdict");
    line.detail = fields.text("detail");
    line.confidence = fields.text("confidence");
    line.causes = fields.texts("causes");
    line.reasons = fields.texts("reasons");
    line.vhost = fields.text("virtual_host");
    line.host_choice = fields.text("host_choice");
    line.has_hello = fields.find("hello") != nullptr;
    const std::string form = fields.text("hello.sni.form");
    line.has_sni = !form.empty() && form != "absent";
    line.sni = fields.text("hello.sni.name");
    if (line.sni.empty()) line.sni = fields.text("hello.sni.raw");
    line.wanted = fields.text("wanted.name");
    line.wanted_source = fields.text("wanted.source");
    line.wanted_confidence = fields.text("wanted.confidence");
    line.asked = fields.text("wanted.asked");
    line.version = version_number(fields.text("tls.version"));
    line.offered_version = version_number(fields.text("hello.highest_version"));
    line.cipher_suite = fields.text("tls.cipher_suite");
    read_alerts(fields, line);
    for (const json::value& value : fields.array("certificate.san"))
        if (const auto* object = value.if_object(); object != nullptr && line.presented.size() < most_items)
            line.presented.push_back(Fields(*object).text("text"));
    if (line.presented.empty()) line.presented = fields.texts("certificate.common_names");
    line.fault = fields.text("fault.what");
    line.fault_kind = fields.text("fault.kind");
    line.family = fields.text("client_family.family");
    line.first_line = fields.text("first_data.first_line");
    if (line.first_line.empty()) line.first_line = fields.text("first_line");
    line.user = fields.text("user");
    line.user_agent = fields.text("user_agent");
    line.hello_at = fields.micros("times.hello_us");
    line.certificate_at = fields.micros("times.certificate_sent_us");
    line.finished_at = fields.micros("times.finished_us");
    line.data_at = fields.micros("times.first_data_us");
    line.closed_at = fields.micros("times.closed_us");
}

void read_question(const Fields& fields, LogLine& line) {
    line.kind = LineKind::dns;
    line.id = fields.text("id");
    line.duration = fields.micros("took_us").value_or(Micros{0});
    line.name = fields.text("name");
    line.type = fields.text("type");
    line.outcome = fields.text("outcome");
    line.fault = fields.text("fault");
    line.fault_kind = line.fault.substr(0, line.fault.find(' '));
    line.answers = fields.texts("answers");
    line.truncated = fields.truth("truncated");
}

void read_message(const Fields& fields, LogLine& line) {
    line.kind = LineKind::sip;
    line.id = fields.text("connection");
    line.user = fields.text("user");
    line.method = fields.text("method");
    line.reason = fields.text("reason");
    line.user_agent = fields.text("user_agent");
    line.problem = fields.text("problem");
    line.status = fields.number<int>("status");
    line.from_client = fields.text("direction") == "from-client";
}

}  // namespace

std::string_view to_string(LineProblem problem) {
    switch (problem) {
        case LineProblem::not_json:
            return "no JSON";
        case LineProblem::foreign:
            return "another schema";
        case LineProblem::no_time:
            return "no time";
    }
    return "";
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    if (text.size() < 20 || text.size() > 40 || text.back() != 'Z') return std::nullopt;
    const auto whole = parse_time(std::string(text.substr(0, 19)) + "Z", WallTime{});
    if (whole.has_error()) return std::nullopt;
    if (text.size() == 20) return *whole;
    if (text[19] != '.') return std::nullopt;
    std::int64_t micros = 0;
    std::int64_t unit = 100'000;
    for (const char c : text.substr(20, text.size() - 21)) {
        if (c < '0' || c > '9') return std::nullopt;
        micros += unit * (c - '0');
        unit /= 10;
    }
    return *whole + Micros{micros};
}

std::optional<LineProblem> parse_log_line(std::string_view text, LogLine& out) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return LineProblem::not_json;
    const json::object* object = value.if_object();
    if (object == nullptr) return LineProblem::foreign;
    const Fields fields(*object);
    const std::string schema = fields.text("schema");
    LogLine line;
    if (schema == "fakeocs.handshake/1") {
        read_connection(fields, line);
    } else if (schema == "fakeocs.dns/1") {
        read_question(fields, line);
    } else if (schema == "fakeocs.sip/1") {
        read_message(fields, line);
    } else if (schema == "fakeocs.gap/1") {
        line.kind = LineKind::gap;
        line.lost = fields.number<std::uint64_t>("lost");
    } else {
        return LineProblem::foreign;
    }
    const auto time = parse_rfc3339(fields.text(line.kind == LineKind::gap ? "from" : "time"));
    if (!time) return LineProblem::no_time;
    line.time = *time;
    line.until = parse_rfc3339(fields.text("to")).value_or(*time);
    line.raw = text;
    collect_texts(value, line.searchable);
    line.attempt = fields.text("attempt");
    line.peer = fields.text("client.address");
    line.peer_port = fields.number<std::uint16_t>("client.port");
    line.local = fields.text("local.address");
    line.local_port = fields.number<std::uint16_t>("local.port");
    out = std::move(line);
    return std::nullopt;
}

}  // namespace ocs::journal
