// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/command_line.h"

#include "core/types/cut_text.h"

#include <algorithm>
#include <cctype>

namespace cutaway::session {

namespace {

tl::unexpected<Error> unsayable(const std::string& message) {
    return fail(ErrorCode::Usage, "write command", message);
}

std::string idList(const std::vector<TokenId>& ids) {
    std::string text;
    for (const TokenId id : ids)
        text += (text.empty() ? "" : ",") + std::to_string(id);
    return text;
}

/// `#12` names an id on the command line as in a request.
std::string choiceText(const TokenChoice& choice) {
    if (const auto* text = std::get_if<std::string>(&choice)) return *text;
    return "#" + std::to_string(std::get<TokenId>(choice));
}

bool isWord(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// Collects options. A value that begins with a dash is joined to its option, or it would be read as one.
class Arguments {
public:
    void add(const std::string& option, const std::string& value) {
        if (value.empty() || value.front() == '-' || value.front() == '[') {
            words.push_back(option + "=" + value);
        } else {
            words.push_back(option);
            words.push_back(value);
        }
    }
    std::vector<std::string> words;
};

} // namespace

Result<std::vector<std::string>> commandArguments(const CommandState& state) {
    const RunRequest& request = state.request;
    Arguments line;
    line.words = {state.command, state.model};
    std::optional<BosMode> bos; // one for all texts of a line
    bool mixed = false;
    const auto addInput = [&](const TokenInput& input, const std::string& prefix, const char* text,
                              const char* ids) {
        if (const auto* words = std::get_if<std::string>(&input.value)) {
            mixed = mixed || (bos && *bos != input.bos);
            bos = input.bos;
            line.add(text, prefix + *words);
        } else {
            line.add(ids, prefix + idList(std::get<std::vector<TokenId>>(input.value)));
        }
    };
    addInput(request.input, "", "--prompt", "--tokens");
    for (const auto& [name, input] : request.donors) {
        if (!isWord(name)) return unsayable("the donor '" + name + "' has a name that is no plain word");
        addInput(input, name + "=", "--donor", "--donor-tokens");
    }
    if (mixed) return unsayable("the sequences of a command line share one BOS rule, these differ");
    if (bos == BosMode::None) line.words.emplace_back("--no-bos");
    if (bos == BosMode::Force) line.words.emplace_back("--bos");
    for (const Cut& cut : request.cuts)
        line.add("--cut", printCut(cut));
    for (const TokenChoice& choice : request.answer)
        line.add("--answer", choiceText(choice));
    for (const TokenChoice& choice : request.wrong)
        line.add("--wrong", choiceText(choice));
    const bool run = state.command == "run";
    if (run && request.allPositions) line.add("--positions", "all");
    const bool placed =
        run || state.command == "attribution" || state.command == "waterfall" || state.command == "sweep";
    if (placed && !request.allPositions && request.position != -1)
        line.words.push_back("--position=" + std::to_string(request.position));
    if (run && request.top != RunRequest{}.top) line.add("--top", std::to_string(request.top));
    if (!state.reference.empty()) line.add("--reference", state.reference);
    if (state.device != "cpu") line.add("--device", state.device);
    if (state.dtype != "f32") line.add("--dtype", state.dtype);
    if (!state.engine.empty()) line.add("--engine", state.engine);
    line.words.insert(line.words.end(), state.more.begin(), state.more.end());
    for (const std::string& word : line.words)
        if (word.find('\0') != std::string::npos)
            return unsayable("a text holds a NUL character, which no command line can carry");
    return std::move(line.words);
}

std::string shellQuoted(std::string_view word) {
    constexpr std::string_view plain = "-_./,:=+@%";
    const bool safe =
        !word.empty() && word.front() != '=' && std::all_of(word.begin(), word.end(), [&](unsigned char c) {
            return (c < 0x80 && std::isalnum(c) != 0) || plain.find(static_cast<char>(c)) != plain.npos;
        });
    if (safe) return std::string(word);
    std::string quoted = "'";
    for (const char c : word)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

Result<std::string> commandLine(const CommandState& state) {
    const Result<std::vector<std::string>> words = commandArguments(state);
    if (!words) return fail(words.error());
    std::string line = "cutaway-cli";
    for (const std::string& word : *words)
        line += " " + shellQuoted(word);
    return line;
}

} // namespace cutaway::session
