// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a target over the files of the folders it is given: what was found once stays mended, on any compiler.
#include "tests/fuzz/fuzz.h"

#include <iterator>

int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i)
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes((std::istreambuf_iterator<char>(file)), {});
            std::fprintf(stderr, "%s\n", entry.path().filename().c_str());
            fuzzOne(bytes);
            ++files;
        }
    std::printf("%d inputs\n", files);
    return files > 0 ? 0 : 1;
}
