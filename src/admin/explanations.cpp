#include "admin/explanations.hpp"

#include <boost/json/parse.hpp>

#include "admin/handshakes.hpp"
#include "core/escape.hpp"
#include "journal/explanation.hpp"
#include "journal/stored_record.hpp"

namespace ocs::admin {
namespace {

namespace json = boost::json;

constexpr std::size_t most_names = 100;
constexpr std::size_t most_certificates = 20;

json::array texts(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

json::object comparison(const discovery::NameVerdict& verdict) {
    json::array names;
    for (const auto& line : verdict.comparisons) {
        names.push_back(json::object{{"kind", to_string(line.name.kind)},
                                     {"name", visible(line.name.text)},
                                     {"covers", line.covers},
                                     {"reason", to_string(line.reason)},
                                     {"detail", line.detail}});
    }
    json::object told{{"covered", verdict.covered}, {"names", std::move(names)}};
    if (!verdict.wanted_problem.empty()) told["wanted_problem"] = visible(verdict.wanted_problem);
    return told;
}

json::object by_policy(const record::ConnectionRecord& record) {
    json::object told;
    for (const auto policy : discovery::all_name_policies) {
        told[to_string(policy)] =
            comparison(discovery::compare_names(policy, record.certificate->names, record.wanted->text));
    }
    return told;
}

json::object told_of(const record::ConnectionRecord& record, const journal::CommandContext& commands) {
    const journal::Explanation explanation = journal::explain(record, commands);
    json::object told{{"schema", 1},
                      {"id", record.id},
                      {"meaning", explanation.meaning},
                      {"confidence", explanation.confidence},
                      {"reasons", texts(explanation.reasons)},
                      {"fixes", texts(explanation.fixes)},
                      {"hint", explanation.hint},
                      {"asked", explanation.asked},
                      {"went_on", journal::went_on(record.judgement.verdict)}};
    if (explanation.wanted) told["wanted"] = *explanation.wanted;
    if (explanation.covered) {
        told["policy"] = explanation.policy;
        told["covered"] = *explanation.covered;
    }
    if (record.wanted && record.certificate) told["policies"] = by_policy(record);
    return told;
}

/// The texts or objects of an array field, or the problem.
Result<const json::array*> array_of(const json::object& body, std::string_view key, std::size_t most) {
    const json::value* value = body.if_contains(key);
    const json::array* array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr) return Error{ocs::quoted(key) + " is missing, or no list", "", ""};
    if (array->size() > most)
        return Error{ocs::quoted(key) + " has more than " + std::to_string(most) + " entries", "", ""};
    return array;
}

json::object taken_by(const discovery::PresentedNames& names, const std::string& wanted) {
    json::array policies;
    for (const auto policy : discovery::all_name_policies) {
        if (discovery::compare_names(policy, names, wanted).covered) policies.emplace_back(to_string(policy));
    }
    return {{"wanted", visible(wanted)}, {"covered_by", std::move(policies)}};
}

}  // namespace

ApiReply show_explanation(const Call& call, HistoryReader& history, const journal::CommandContext& commands) {
    const auto found = stored_connection(call.id, history);
    if (found.has_error()) return failure(503, found.error());
    if (found->line.empty()) return failure(404, no_such_connection(call.id));
    const auto record = journal::record_from_line(found->line);
    if (record.has_error()) return failure(500, record.error());
    return json_reply(200, told_of(*record, commands));
}

ApiReply compare_names(const std::string& body) {
    boost::system::error_code error;
    const json::value parsed = json::parse(body, error);
    const json::object* asked = error ? nullptr : parsed.if_object();
    if (asked == nullptr) return failure(400, Error{"the body is no JSON object", "", ""});
    const auto wanted = array_of(*asked, "wanted", most_names);
    if (wanted.has_error()) return failure(400, wanted.error());
    const auto certificates = array_of(*asked, "certificates", most_certificates);
    if (certificates.has_error()) return failure(400, certificates.error());
    json::array told;
    for (const json::value& item : **certificates) {
        const json::object* certificate = item.if_object();
        if (certificate == nullptr) return failure(400, Error{"a certificate is no object", "", ""});
        const auto names = journal::names_from_json(*certificate);
        json::array row;
        for (const json::value& name : **wanted) {
            const json::string* text = name.if_string();
            if (text == nullptr) return failure(400, Error{"a wanted name is no text", "", ""});
            row.push_back(taken_by(names, from_visible(*text)));
        }
        told.push_back(std::move(row));
    }
    return json_reply(200, json::object{{"schema", 1}, {"compared", std::move(told)}});
}

}  // namespace ocs::admin
