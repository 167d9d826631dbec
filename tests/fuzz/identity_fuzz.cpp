// Certificate files as people give them: PEM with chain and key in one file, and PFX. The keys in the corpus
// were made for it and open nothing.

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "pki/certificate.hpp"
#include "property.hpp"

using namespace ocs;
using fuzz::require;

namespace {

/// A file that lives in memory, under a path.
class MemoryFile {
public:
    explicit MemoryFile(std::string_view bytes) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
        require(descriptor_ >= 0 &&
                    write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                "the file in memory can be written");
    }
    ~MemoryFile() { close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
    int descriptor_;
};

void check(const Result<pki::Identity>& identity, const std::string& path) {
    if (!identity) {
        require(identity.error().where == path, "an error names its file", identity.error().where);
        require(fuzz::is_printable(identity.error().what), "an error can be shown", identity.error().what);
        return;
    }
    require(identity->leaf && identity->key, "an identity has a certificate and a key");
    require(X509_check_private_key(identity->leaf.get(), identity->key.get()) == 1,
            "and they belong together");
    require(identity->info.fingerprint.size() == 64, "its facts are those of a certificate");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::text_of(data, size);
    const MemoryFile file(bytes);
    // What starts like DER goes to the PFX reader: it opens the legacy provider, and is slow.
    const bool der = bytes.starts_with('\x30');
    check(der ? pki::load_pfx(file.path(), "changeit") : pki::load_pem(file.path(), {}, {}), file.path());
    return 0;
}
