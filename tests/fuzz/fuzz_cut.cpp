// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/cut_text.h"
#include "core/types/legality.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/example_traits.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    const auto cut = parseCut(bytes);
    if (!cut) {
        fuzz::require(!cut.error().message.empty(), "a refusal is a sentence");
        return;
    }
    const std::string printed = printCut(*cut);
    const auto again = parseCut(printed);
    fuzz::require(again && *again == *cut, "what is printed reads back");
    fuzz::require(printCut(*again) == printed, "the canonical text is one");
    (void)checkCut(*cut, tests::gptTraits());
    (void)checkRunnable(*cut, tests::gptTraits(), 9);
    const auto positions = resolvePositions(cut->positions, 9, 9);
    if (positions)
        for (const int at : *positions)
            fuzz::require(at >= 0 && at < 9, "positions are in the sequence");
}
