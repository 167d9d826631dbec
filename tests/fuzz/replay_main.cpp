// Runs a fuzz target over the files of its corpus, once each: an ordinary test in every preset.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fs = std::filesystem;

int main(int argument_count, char** arguments) {
    std::vector<fs::path> files;
    for (int i = 1; i < argument_count; ++i) {
        const fs::path path = arguments[i];
        if (fs::is_directory(path)) {
            for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path());
        } else {
            files.push_back(path);
        }
    }
    if (files.empty()) {
        std::fputs("usage: replay FILE|FOLDER…   (an empty corpus is a failure)\n", stderr);
        return 2;
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        if (!in && bytes.empty() && !fs::is_regular_file(file)) {
            std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
            return 2;
        }
        std::printf("%s\n", file.filename().c_str());
        std::fflush(stdout);  // the last line names the input that ended the program
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    LLVMFuzzerTestOneInput(nullptr, 0);
    std::printf("%zu inputs, and the empty one\n", files.size());
    return 0;
}
