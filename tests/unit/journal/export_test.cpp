#include "journal/export.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "log_lines.hpp"

using namespace ocs;
using namespace ocs::journal;
using namespace ocs::journal::test;
using record::EvidenceKind;

namespace {

StoredRow visit(const std::string& id, const std::string& attempt, record::EvidenceList evidence = {}) {
    auto record = connection(1, attempt);
    record.id = id;
    record.evidence = std::move(evidence);
    return row_of(record, to_json_line(record));
}

std::string names(const std::vector<ZipEntry>& files) {
    std::string all;
    for (const ZipEntry& file : files) all += file.name + " ";
    return all;
}

const std::string& file(const std::vector<ZipEntry>& files, const std::string& name) {
    static const std::string none = "(there is no such file)";
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const ZipEntry& one) { return one.name == name; });
    return found == files.end() ? none : found->bytes;
}

}  // namespace

TEST_CASE("export: what is found by an id, whole or its last part") {
    const Folder folder("export");
    auto store = Store::open({folder.path / "history.db"});
    REQUIRE(store.has_value());
    REQUIRE((*store)
                ->add(std::vector<StoredRow>{
                    visit("x-1", "x-a1"), visit("x-2", "x-a2"), visit("y-1", "y-a2"), visit("x-3", "x-a1")})
                .has_value());
    struct Row {
        std::string id, attempt;
        std::size_t records;
        std::string why;
    };
    const Row rows[] = {
        {"x-a1", "x-a1", 2, "an attempt"},
        {"x-3", "x-a1", 1, "a connection"},
        {"a2", "y-a2", 1, "the newest that ends so"},
        {"x-a2", "x-a2", 1, "an older one by its whole id"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto found = read_export(**store, row.id);
        REQUIRE(found.has_value());
        REQUIRE(*found);
        CHECK((**found).attempt == row.attempt);
        CHECK((**found).records.size() == row.records);
    }
    for (const std::string id : {"", "2", "a3", "-a2", "x-4", "%", "x-a"}) {
        CAPTURE(id);
        const auto found = read_export(**store, id);
        REQUIRE(found.has_value());
        CHECK(!*found);
    }
}

TEST_CASE("export: what is too much is counted, not hidden") {
    const Folder folder("export");
    auto store = Store::open({folder.path / "history.db"});
    REQUIRE(store.has_value());
    const auto large = record::make_bytes(std::string(ExportSubject::most_bytes / 4, 'x'));
    std::vector<StoredRow> rows;
    for (std::size_t i = 0; i < ExportSubject::most_records + 7; ++i) {
        record::EvidenceList evidence;
        if (i < 6) evidence.push_back({EvidenceKind::hello, large});
        rows.push_back(visit("x-" + std::to_string(i), "x-a1", std::move(evidence)));
    }
    REQUIRE((*store)->add(rows).has_value());
    auto found = read_export(**store, "x-a1");
    REQUIRE(found.has_value());
    REQUIRE(*found);
    CHECK((**found).records.size() == ExportSubject::most_records);
    CHECK((**found).left_out == 7);
    CHECK((**found).without_evidence == 2);
    const auto files = export_files(std::move(**found), {false, "fakeocs 1", "", {}, second(9)});
    CHECK(file(files, "README.txt").find("7 more records are not in it.") != std::string::npos);
    CHECK(file(files, "README.txt").find("2 records are without their bytes") != std::string::npos);
}

TEST_CASE("export: captured packets are in it, and with their keys in no redacted one") {
    const auto subject = [] {
        ExportSubject made;
        made.id = made.attempt = "x-a1";
        made.records.push_back(
            {read(to_json_line(connection(1))),
             {{EvidenceKind::capture, record::make_bytes("BLOCKS with CLIENT_RANDOM keys")}}});
        return made;
    };
    const auto open = export_files(subject(), {false, "fakeocs 1", "", {}, second(9)});
    CHECK(file(open, "capture.pcapng").ends_with("BLOCKS with CLIENT_RANDOM keys"));
    CHECK(file(open, "capture.pcapng").starts_with("\x0a\x0d\x0d\x0a"));
    CHECK(file(open, "README.txt").find("WITH THE KEYS") != std::string::npos);
    const auto redacted = export_files(subject(), {true, "fakeocs 1", "", {}, second(9)});
    CHECK(names(redacted).find("capture") == std::string::npos);
    for (const ZipEntry& one : redacted) {
        CAPTURE(one.name);
        CHECK(one.bytes.find("CLIENT_RANDOM") == std::string::npos);
        CHECK(one.bytes.find("192.168.56.20") == std::string::npos);
    }
    CHECK(export_name(subject(), true) == "fakeocs-x-a1-redacted.zip");
    ExportSubject odd;
    odd.id = "../a b\n";
    CHECK(export_name(odd, false) == "fakeocs-___a_b_.zip");
}

TEST_CASE("export: the archive is one that others read, and refuses a name twice") {
    const auto archive =
        zip({{"a.txt", "one"}, {"b/c.bin", std::string("\0\xff", 2)}, {"empty", ""}}, second(0));
    REQUIRE(archive.has_value());
    CHECK(archive->starts_with("PK\x03\x04"));
    CHECK(zip({{"a", "1"}, {"a", "2"}}, second(0)).has_error());
}
