#include "apps/fakeocs_log_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/escape.hpp"
#include "journal/store.hpp"

namespace ocs::apps {
namespace {

constexpr std::size_t piece = std::size_t{1} << 16U;
constexpr std::uint64_t rows_at_once = 1000;

class FileSource final : public LogSource {
public:
    explicit FileSource(std::string name) : name_(std::move(name)), buffer_(piece) {}
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    ~FileSource() override { close(); }

    Result<void> open() {
        close();
        descriptor_ = name_ == "-" ? STDIN_FILENO : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (descriptor_ < 0) return failure();
        read_ = 0;
        return {};
    }

    Result<bool> read(journal::LogReader& reader) override {
        ssize_t count = 0;
        do {
            count = ::read(descriptor_, buffer_.data(), buffer_.size());
        } while (count < 0 && errno == EINTR);
        if (count < 0) return failure();
        read_ += count;
        reader.feed({buffer_.data(), static_cast<std::size_t>(count)});
        return count > 0;
    }

    Result<bool> begin_anew() override {
        struct stat own {};
        struct stat named {};
        // Between the two steps of a rotation there is no file of that name: the old one is watched on.
        if (name_ == "-" || ::fstat(descriptor_, &own) != 0 || ::stat(name_.c_str(), &named) != 0)
            return false;
        const bool same = own.st_ino == named.st_ino && own.st_dev == named.st_dev;
        if (same && named.st_size >= read_) return false;
        if (auto opened = open(); opened.has_error()) return opened.error();
        return true;
    }

private:
    [[nodiscard]] Error failure() const { return {std::strerror(errno), visible(name_), ""}; }
    void close() {
        if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
        descriptor_ = -1;
    }

    std::string name_;
    std::vector<char> buffer_;
    int descriptor_ = -1;
    off_t read_ = 0;
};

class HistorySource final : public LogSource {
public:
    explicit HistorySource(std::unique_ptr<journal::Store> store) : store_(std::move(store)) {}

    Result<bool> read(journal::LogReader& reader) override {
        journal::StoreQuery query;
        query.after = last_;
        query.limit = rows_at_once;
        bool any = false;
        auto done = store_->read(query, [&](std::uint64_t sequence, std::string_view line) {
            last_ = sequence;
            any = true;
            reader.feed(std::string(line) + "\n");
            return true;
        });
        if (done.has_error()) return done.error();
        return any;
    }

    Result<bool> begin_anew() override { return false; }

private:
    std::unique_ptr<journal::Store> store_;
    std::uint64_t last_ = 0;
};

}  // namespace

Result<std::unique_ptr<LogSource>> open_log_file(const std::string& name) {
    auto source = std::make_unique<FileSource>(name);
    if (auto opened = source->open(); opened.has_error()) return opened.error();
    return std::unique_ptr<LogSource>(std::move(source));
}

Result<std::unique_ptr<LogSource>> open_history(const std::filesystem::path& file) {
    auto store = journal::Store::open_to_read(file);
    if (store.has_error()) return store.error();
    return std::unique_ptr<LogSource>(std::make_unique<HistorySource>(std::move(*store)));
}

bool is_history(const std::string& name) {
    constexpr std::string_view magic = "SQLite format 3";
    std::string start(magic.size(), '\0');
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(name, ignored))
        return false;  // a pipe must not lose its first bytes
    std::ifstream(name, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
    return start == magic;
}

}  // namespace ocs::apps
