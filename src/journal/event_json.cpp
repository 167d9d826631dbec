#include "journal/event_json.hpp"

#include <boost/json.hpp>

#include "core/escape.hpp"

namespace ocs::journal {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_name = 1024;  // a DNS name of 255 bytes, each escaped as \xNN

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.emplace_back(visible(value, longest_name));
    return array;
}

json::object endpoint(const record::Endpoint& end) {
    return {{"address", visible(end.address)}, {"port", end.port}};
}

void put_text(json::object& object, std::string_view key, const std::string& text) {
    if (!text.empty()) object[key] = visible(text, longest_name);
}

}  // namespace

std::string to_json_line(const record::DnsEvent& event) {
    json::array targets;
    for (const auto& target : event.targets)
        targets.push_back(json::object{{"name", visible(target.name, longest_name)},
                                       {"port", target.port},
                                       {"addresses", texts(target.addresses)}});
    json::object object{{"schema", "fakeocs.dns/1"},
                        {"id", visible(event.id)},
                        {"time", rfc3339(event.at)},
                        {"took_us", event.took.count()},
                        {"client", endpoint(event.client)},
                        {"local", endpoint(event.local)},
                        {"transport", event.tcp ? "tcp" : "udp"},
                        {"name", visible(event.name, longest_name)},
                        {"type", visible(event.type)},
                        {"outcome", record::to_string(event.outcome)},
                        {"truncated", event.truncated},
                        {"answers", texts(event.answers)},
                        {"addresses", texts(event.addresses)},
                        {"targets", std::move(targets)}};
    put_text(object, "fault", event.fault);
    put_text(object, "attempt", event.attempt);
    return json::serialize(object) + '\n';
}

std::string to_json_line(const record::SipEvent& event) {
    const auto& message = event.message;
    json::object object{{"schema", "fakeocs.sip/1"},
                        {"connection", visible(event.connection)},
                        {"time", rfc3339(event.at)},
                        {"client", json::object{{"address", visible(event.client)}}},
                        {"direction", record::to_string(message.direction)},
                        {"at_us", message.at.count()},
                        {"method", visible(message.method)},
                        {"has_credentials", message.has_credentials},
                        {"bytes", message.bytes}};
    if (message.status != 0) object["status"] = message.status;
    put_text(object, "reason", message.reason);
    put_text(object, "user", message.user);
    put_text(object, "domain", message.domain);
    put_text(object, "call_id", message.call_id);
    put_text(object, "cseq", message.cseq);
    put_text(object, "user_agent", message.user_agent);
    put_text(object, "epid", message.epid);
    put_text(object, "problem", message.problem);
    put_text(object, "attempt", event.attempt);
    return json::serialize(object) + '\n';
}

std::string to_seen_line(const record::ConnectionRecord& record, const std::string& attempt) {
    json::object object{{"schema", "fakeocs.seen/1"},
                        {"id", visible(record.id)},
                        {"time", rfc3339(record.started)},
                        {"client", endpoint(record.client)},
                        {"local", endpoint(record.local)},
                        {"listener", visible(record.listener)}};
    put_text(object, "attempt", attempt);
    return json::serialize(object);
}

}  // namespace ocs::journal
