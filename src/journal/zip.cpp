#include "journal/zip.hpp"

#include <zip.h>

#include <memory>

namespace ocs::journal {
namespace {

struct Free {
    void operator()(zip_source_t* source) const noexcept { zip_source_free(source); }
    void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};

Error failure(zip_t* archive) {
    return {std::string("cannot make the archive: ") + zip_strerror(archive), "", ""};
}

Result<std::string> bytes_of(zip_source_t* source) {
    const Error failed{"cannot make the archive: its bytes cannot be read back", "", ""};
    zip_stat_t facts;
    if (zip_source_stat(source, &facts) != 0 || (facts.valid & ZIP_STAT_SIZE) == 0) return failed;
    if (zip_source_open(source) != 0) return failed;
    std::string bytes(facts.size, '\0');
    const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
    zip_source_close(source);
    if (got != static_cast<zip_int64_t>(bytes.size())) return failed;
    return bytes;
}

}  // namespace

Result<std::string> zip(const std::vector<ZipEntry>& entries, WallTime time) {
    zip_error_t error;
    zip_error_init(&error);
    const std::unique_ptr<zip_source_t, Free> memory(zip_source_buffer_create(nullptr, 0, 0, &error));
    if (!memory) return Error{"cannot make the archive: no memory", "", ""};
    zip_source_keep(memory.get());  // the archive takes one reference, the bytes are read by the other
    std::unique_ptr<zip_t, Free> archive(zip_open_from_source(memory.get(), ZIP_TRUNCATE, &error));
    if (!archive) {
        zip_source_free(memory.get());
        return Error{"cannot make the archive: no memory", "", ""};
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    for (const ZipEntry& entry : entries) {
        zip_source_t* bytes = zip_source_buffer(archive.get(), entry.bytes.data(), entry.bytes.size(), 0);
        if (bytes == nullptr) return failure(archive.get());
        const zip_int64_t index = zip_file_add(archive.get(), entry.name.c_str(), bytes, ZIP_FL_ENC_UTF_8);
        if (index < 0) {
            zip_source_free(bytes);
            return failure(archive.get());
        }
        zip_file_set_mtime(archive.get(), static_cast<zip_uint64_t>(index), seconds, 0);
    }
    if (zip_close(archive.get()) != 0) return failure(archive.get());
    static_cast<void>(archive.release());  // closed
    return bytes_of(memory.get());
}

}  // namespace ocs::journal
