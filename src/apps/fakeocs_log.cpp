// fakeocs log: what was recorded, read back as attempts; and JSON Lines taken into the history.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "apps/command.hpp"
#include "apps/common.hpp"
#include "apps/fakeocs_log_source.hpp"
#include "core/escape.hpp"
#include "journal/filter.hpp"
#include "journal/store.hpp"
#include "journal/timeline.hpp"

namespace ocs::apps {
namespace {

constexpr std::chrono::milliseconds pause{200};  // of --follow, between looks at the file
constexpr int longest_wait = 10;                 // looks until news are shown although more keep coming
constexpr std::size_t rows_at_once = 1000;       // of an import

struct Arguments {
    std::vector<std::string> files;
    std::string filter;
    std::string state_dir;
    bool follow = false;
    bool json = false;
    bool import = false;
};

constexpr const char* footer =
    "\nFilters, with blanks in between (all must hold; - negates, commas separate\n"
    "alternatives, * and ? are wildcards):\n"
    "  verdict:rejected-alert  sni:none  wanted:sip.*  peer:192.168.56.0/24\n"
    "  user:alice  vhost:front01  attempt:a17  alert:48  tls:<1.2  since:10m\n"
    "  agent:uccapi  family:schannel*  fault:none  \"any text\"\n"
    "An attempt is shown whole if each filter holds for one of its records; with\n"
    "--json each record is judged alone.\n"
    "\nExit codes: 0 done; 1 something cannot be read; 2 usage.\n"
    "\nExamples:\n"
    "  fakeocs log --filter 'since:10m -verdict:signed-in'\n"
    "  fakeocs log --follow --filter user:alice\n"
    "  fakeocs log lab.jsonl --json | jq .verdict\n"
    "  fakeocs log lab.jsonl --import\n";

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// What is read goes in, what is to be seen comes out.
class Printer {
public:
    Printer(journal::Filter filter, bool json) : filter_(std::move(filter)), json_(json) {}

    void take(journal::LogLine line) {
        if (!json_) {
            timeline_.add(std::move(line));
        } else if (filter_.matches(line)) {
            print(line.raw + "\n");
            ++shown_;
        }
    }
    void show_finished() { show(timeline_.take_finished()); }
    void show_news() { show(timeline_.take_news()); }
    void show_all() { show(timeline_.take_all()); }
    [[nodiscard]] std::uint64_t shown() const { return shown_; }

private:
    void show(const std::vector<journal::AttemptView>& attempts) {
        for (const auto& attempt : attempts) {
            const bool gap = !attempt.lines.empty() && attempt.lines.front().kind == journal::LineKind::gap;
            if (!gap && !filter_.matches(attempt.lines)) continue;
            print(journal::to_tree(attempt) + "\n");
            ++shown_;
        }
        std::fflush(stdout);
    }

    journal::Filter filter_;
    bool json_;
    journal::Timeline timeline_;
    std::uint64_t shown_ = 0;
};

/// Never ends by itself.
Result<void> follow(LogSource& source, journal::LogReader& reader, Printer& printer) {
    int looks = 0;
    bool news = true;  // what came before the end
    for (;;) {
        bool more = false;
        for (auto read = source.read(reader);; read = source.read(reader)) {
            if (read.has_error()) return read.error();
            if (!*read) break;
            more = true;
        }
        news = news || more;
        looks = news ? looks + 1 : 0;
        if (news && (!more || looks >= longest_wait)) {
            printer.show_news();
            news = false;
            looks = 0;
        }
        if (!more) {
            const auto anew = source.begin_anew();
            if (anew.has_error()) return anew.error();
            if (*anew) {
                reader.finish();  // the old file's last line, if it had no end
                continue;
            }
        }
        std::this_thread::sleep_for(pause);
    }
}

Result<void> read_all(LogSource& source, journal::LogReader& reader, const std::function<void()>& between) {
    for (;;) {
        const auto read = source.read(reader);
        if (read.has_error()) return read.error();
        if (!*read) break;
        between();
    }
    reader.finish();
    return {};
}

Result<std::unique_ptr<LogSource>> open_source(const std::string& name) {
    return is_history(name) ? open_history(name) : open_log_file(name);
}

void tell_unread(const journal::LogReader& reader) {
    if (reader.unread().total() > 0)
        fmt::print(stderr, "fakeocs: log: {}\n", to_string(reader.unread(), reader.lines()));
}

int fail(const Error& error) {
    print_error(error);
    return 1;
}

/// The files of the command line, or the history if there are none.
int show(const Arguments& arguments, const std::filesystem::path& history) {
    auto filter = journal::Filter::parse(arguments.filter, wall_now());
    if (filter.has_error()) return print_error(filter.error());
    const bool filtered = !filter->empty();
    Printer printer(std::move(*filter), arguments.json);
    journal::LogReader reader([&](journal::LogLine line) { printer.take(std::move(line)); });
    int code = 0;
    const std::size_t count = std::max<std::size_t>(arguments.files.size(), 1);
    for (std::size_t i = 0; i < count; ++i) {
        auto source = arguments.files.empty() ? open_history(history) : open_source(arguments.files[i]);
        if (source.has_error()) {
            code = fail(source.error());
            continue;
        }
        const auto done = arguments.follow ? follow(**source, reader, printer)
                                           : read_all(**source, reader, [&] { printer.show_finished(); });
        if (done.has_error()) code = fail(done.error());
    }
    printer.show_all();
    std::fflush(stdout);
    tell_unread(reader);
    if (filtered && printer.shown() == 0)
        fmt::print(stderr, "fakeocs: log: nothing matches, in {} records\n", reader.lines());
    return code;
}

int import(const Arguments& arguments, const std::filesystem::path& history) {
    journal::StoreOptions options;
    options.file = history;
    auto store = journal::Store::open(options);
    if (store.has_error()) return fail(store.error());
    std::vector<journal::StoredRow> rows;
    std::size_t added = 0;
    std::optional<Error> problem;
    const auto store_rows = [&] {
        if (rows.empty() || problem) return;
        auto count = (*store)->add(rows);
        if (count.has_error())
            problem = count.error();
        else
            added += *count;
        rows.clear();
    };
    journal::LogReader reader([&](const journal::LogLine& line) {
        rows.push_back(row_of(line));
        if (rows.size() >= rows_at_once) store_rows();
    });
    int code = 0;
    for (const std::string& name : arguments.files) {
        auto source = open_source(name);
        if (source.has_error()) {
            code = fail(source.error());
            continue;
        }
        const auto done = read_all(**source, reader, [] {});
        if (done.has_error()) code = fail(done.error());
    }
    store_rows();
    if (problem) return fail(*problem);
    tell_unread(reader);
    fmt::print("{}: {} records added, {} were there already\n",
               visible(history.string()),
               added,
               reader.lines() - reader.unread().total() - added);
    return code;
}

int run(const Arguments& arguments) {
    const auto history = state_dir(arguments.state_dir) / "history.db";
    if (arguments.import) {
        if (arguments.files.empty()) return print_error({"no file to import", "log", ""});
        return import(arguments, history);
    }
    if (arguments.follow && arguments.files.size() > 1)
        return print_error({"--follow takes one file", "log", ""});
    std::error_code ignored;
    if (arguments.files.empty() && !std::filesystem::exists(history, ignored))
        return fail({"no history here yet",
                     visible(history.string()),
                     "fakeocs serve keeps one; --state-dir names another folder, FILE a JSON Lines file"});
    return show(arguments, history);
}

}  // namespace

Command log_command(const Program&) {
    auto arguments = std::make_shared<Arguments>();
    Arguments* into = arguments.get();
    Command command;
    command.name = "log";
    command.help = "sign-in attempts of the past, as trees";
    command.arguments = {
        {"files", &into->files, "JSON Lines; -: standard input; none: the history", false, "FILE"},
        {"-f,--follow", &into->follow, "go on when more is recorded; ends with Ctrl-C", false, ""},
        {"--filter", &into->filter, "show what matches only, see below", false, "TEXT"},
        {"--json", &into->json, "the matching lines as they are", false, ""},
        {"--import", &into->import, "take the files into the history instead", false, ""},
        {"--state-dir", &into->state_dir, "folder of the history", false, "DIR"},
    };
    command.footer = footer;
    command.storage = arguments;
    command.run = [arguments] { return run(*arguments); };
    return command;
}

}  // namespace ocs::apps
