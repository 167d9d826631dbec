#pragma once
// The parts of an export as text. Internal to the journal. All of it is escaped: it can be shown anywhere.

#include "journal/export.hpp"

namespace ocs::journal {

/// A part of the export as people read it, in the archive and on its page.
struct ExportPart {
    std::string title;  ///< "Connection 1: ClientHello"
    std::string file;   ///< its name in the archive
    std::string text;
};

/// Explanation, then per connection hello and certificates, DNS and SIP.
std::vector<ExportPart> export_parts(const ExportSubject& subject, const ExportOptions& options);
/// The tree, then what each connection means and what would fix it.
std::string explanation_text(const ExportSubject& subject, const CommandContext& commands);
/// What is in the archive and what is not.
std::string readme_text(const ExportSubject& subject,
                        const ExportOptions& options,
                        const std::vector<ZipEntry>& files);
/// A page without script that asks for nothing outside.
std::string export_page(const ExportSubject& subject,
                        const ExportOptions& options,
                        const std::vector<ExportPart>& parts);

/// "connection-1": what the files of a record are called; numbers count per kind.
std::string part_name(const ExportSubject& subject, std::size_t record);

}  // namespace ocs::journal
