// SPDX-License-Identifier: GPL-3.0-or-later
// tokenize_lines FOLDER: for each line {"text"} or {"ids"} of standard input, a line with what the tokenizer
// says of it:
// {"ids", "plain", "decoded", "skipped"}, or {"error"}. tests/golden/make_tokenizers.py compares with it.
#include "core/text/tokenizer.h"

#include <iostream>
#include <nlohmann/json.hpp>

using namespace cutaway;

namespace {

nlohmann::json answer(const text::Tokenizer& tokenizer, const nlohmann::json& asked) {
    nlohmann::json said;
    std::vector<TokenId> ids;
    if (asked.contains("text")) {
        const auto whole = tokenizer.encode(asked["text"].get<std::string>());
        const auto plain = tokenizer.encode(asked["text"].get<std::string>(), BosMode::None);
        if (!whole || !plain) return {{"error", whole ? plain.error().message : whole.error().message}};
        said["ids"] = ids = *whole;
        said["plain"] = *plain;
    } else {
        ids = asked["ids"].get<std::vector<TokenId>>();
    }
    said["decoded"] = tokenizer.decode(ids, false);
    said["skipped"] = tokenizer.decode(ids, true);
    return said;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: tokenize_lines FOLDER\n";
        return 2;
    }
    const auto tokenizer = text::Tokenizer::load(arguments[1]);
    if (!tokenizer) {
        std::cerr << tokenizer.error().text() << '\n';
        return 1;
    }
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answer(**tokenizer, nlohmann::json::parse(line)).dump() << '\n';
    return 0;
}
