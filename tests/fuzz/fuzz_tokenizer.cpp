// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json and, behind a NUL, a text for it.
#include "core/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    static const fuzz::Folder folder;
    const std::size_t end = bytes.find('\0');
    const auto tokenizer = text::Tokenizer::load(folder.write("tokenizer.json", bytes.substr(0, end)));
    if (!tokenizer) {
        fuzz::require(!tokenizer.error().message.empty(), "a refusal is a sentence");
        return;
    }
    const std::string text(end == std::string_view::npos ? std::string_view(" Mary and\n\tJohn\xC3\xA9 12")
                                                         : bytes.substr(end + 1));
    for (const BosMode bos : {BosMode::PostProcessor, BosMode::None}) {
        const auto tokens = (*tokenizer)->encode(text, bos);
        if (!tokens) continue;
        for (const TokenId id : *tokens) {
            fuzz::require(id >= 0 && static_cast<std::size_t>(id) < (*tokenizer)->size(), "ids are in range");
            (*tokenizer)->piece(id);
        }
        (*tokenizer)->decode(*tokens, true);
        (*tokenizer)->decode(*tokens, false);
    }
    (*tokenizer)->piece(-1);
    (*tokenizer)->tokenFor(text);
    (*tokenizer)->nearestToken(text.substr(0, 64));
}
