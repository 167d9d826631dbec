#pragma once
// What a record means to the person who reads it: pure, made once per record, used by every sink.

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "record/connection_record.hpp"

namespace ocs::journal {

/// One presented name against the wanted one. All text is already escaped.
struct NameLine {
    std::string kind;  ///< "DNS", "CN"…
    std::string name;  ///< as it stands on the certificate
    bool covers = false;
    std::string reason;  ///< "different-label"
    std::string detail;  ///< one clause for people, or empty
};

/// All text is already escaped; commands are quoted for a shell.
struct Explanation {
    std::string meaning;     ///< one sentence
    std::string confidence;  ///< "certain", "likely", "possible"
    std::vector<std::string> reasons;
    std::optional<std::string> wanted;
    std::string asked;   ///< the look-up that the wanted name is known by, and how that went; or empty
    std::string policy;  ///< by which the names were compared; empty where nothing was compared
    std::optional<bool> covered;
    std::string wanted_problem;
    std::vector<NameLine> names;
    std::vector<std::string> fixes;  ///< commands to paste
    std::string hint;                ///< what else to know or to do, or empty
};

Explanation explain(const record::ConnectionRecord& record, const CommandContext& context);

/// True where the client went on: nothing needs to be explained.
bool went_on(record::Verdict verdict);

}  // namespace ocs::journal
