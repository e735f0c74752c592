// SPDX-License-Identifier: GPL-3.0-or-later
// Saves sessions over one another until it is killed, and says the number of each once it is saved:
//   save_forever FILE FIRST
#include "app/gui/write_whole.h"
#include "core/session/session_file.h"

#include <cstdio>
#include <cstdlib>
#include <random>

using namespace cutaway;

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::mt19937 random(static_cast<unsigned>(std::atoi(argv[2])));
    for (int number = std::atoi(argv[2]);; ++number) {
        session::SavedSession saved;
        saved.sequence.text = std::to_string(number);
        // From less than a buffer to many of them.
        saved.model.name = std::string(std::uniform_int_distribution<std::size_t>(0, 300'000)(random), 'x');
        const std::string text = session::writeSession(saved);
        if (!app::writeWhole(QString::fromLocal8Bit(argv[1]),
                             {text.data(), static_cast<qsizetype>(text.size())})
                 .isEmpty())
            return 1;
        std::printf("%d\n", number);
        std::fflush(stdout);
    }
}
