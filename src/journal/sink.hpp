#pragma once
// One place where lines go: a file, a pipe, a terminal. Design decision 7: a slow one is waited for, a
// failing one holds nobody up, and what it lost is counted and said in its first line on recovery.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "journal/journal.hpp"

namespace ocs::journal {

/// Used by the writer's thread only, but for status().
///
/// Lines are whole or not there: what a full disk cut off is completed once there is room again, and a file
/// that ends in half a line (of a crash) gets a line end first.
class Sink {
public:
    enum class Format { text, json };

    /// A file that open() opens, made with mode 0600.
    Sink(std::string name, std::filesystem::path path, Format format);
    /// Somebody else's descriptor: never closed, never opened again.
    Sink(std::string name, int descriptor, Format format);
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    ~Sink();

    [[nodiscard]] bool is_json() const { return format_ == Format::json; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] int columns() const;  ///< of the terminal it is; 0: it is none
    [[nodiscard]] SinkStatus status() const;

    /// Opens the path (again). 0, or errno.
    int open();

    /// Writes the line. While the sink is full (a pipe nobody reads) it asks `keep_waiting` now and then.
    /// Answers empty, or what to tell people: said once, when the sink begins to fail.
    std::string put(std::string_view line, WallTime now, const std::function<bool()>& keep_waiting);
    /// Nothing comes after this: a line that is still cut off is lost, and counted so.
    void give_up_rest(WallTime now);

private:
    void close();
    int drain(std::string& bytes, const std::function<bool()>& keep_waiting) const;
    int put_whole(std::string_view line, WallTime now, const std::function<bool()>& keep_waiting);
    void lose(WallTime now);
    [[nodiscard]] std::string gap(std::uint64_t lost, WallTime now) const;

    std::string name_;
    std::filesystem::path path_;  // empty: the descriptor is not ours
    int descriptor_ = -1;
    Format format_;
    bool may_block_ = true;      // everything but a regular file
    std::string rest_;           // of a line that was written in part: comes before anything else
    bool rest_is_line_ = false;  // it counts as written; else it is of a gap event or ends half a line
    WallTime first_lost_{};
    std::uint64_t told_lost_ = 0;
    std::atomic<bool> failing_ = false;
    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
};

/// For complaints about sinks: written to standard error if that is possible at once.
void complain(std::string_view line);

}  // namespace ocs::journal
