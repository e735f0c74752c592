// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/requests.h"

#include "core/types/json_codec.h"
#include "core/types/json_front.h"

#include <sstream>

namespace cutaway::app {

namespace {

constexpr std::size_t promptsBytes = std::size_t{1} << 30U;

tl::unexpected<Error> usage(const std::string& message) {
    return fail(ErrorCode::Usage, "read request", message);
}

/// Everything of a request but its input.
Result<RunRequest> sharedPart(const Options& o) {
    RunRequest request;
    request.cuts = o.cuts;
    request.answer = o.answer;
    request.wrong = o.wrong;
    request.allPositions = o.allPositions;
    request.position = o.position;
    request.top = o.top;
    request.hooks = o.hooks;
    for (const std::string& text : o.donors) {
        auto [name, rest] = splitDonor(text);
        request.donors[name] = {std::move(rest), o.bos};
    }
    for (const std::string& text : o.donorTokens) {
        const auto [name, rest] = splitDonor(text);
        Result<std::vector<TokenId>> ids = parseTokenIds(rest, "--donor-tokens");
        if (!ids) return fail(ids.error());
        request.donors[name] = {std::move(*ids), o.bos};
    }
    return request;
}

Result<RunRequest> lineRequest(const Options& o, const RunRequest& shared, const std::string& text) {
    const Result<nlohmann::json> document = parseJson(text, JsonLimits{}, "read request");
    if (!document) return fail(document.error());
    Result<RunRequest> own = runRequestFromJson(*document);
    if (!own) return own;
    for (const char* key : {"positions", "top", "hooks", "generation"})
        if (document->contains(key))
            return usage(std::string("'") + key + "' has no place in a line, it is an option of the command");
    RunRequest request = shared;
    request.input = own->input;
    if (!document->contains("bos")) request.input.bos = o.bos;
    request.cuts.insert(request.cuts.end(), own->cuts.begin(), own->cuts.end());
    for (auto& [name, input] : own->donors) {
        if (!document->contains("bos")) input.bos = o.bos;
        request.donors[name] = input;
    }
    if (!own->answer.empty()) request.answer = own->answer;
    if (!own->wrong.empty()) request.wrong = own->wrong;
    if (document->contains("position")) {
        request.position = own->position;
        request.allPositions = false;
    }
    return request;
}

} // namespace

Result<RunRequest> requestOf(const Options& o) {
    const int inputs = int(o.prompt.has_value()) + int(o.tokens.has_value()) + int(o.prompts.has_value());
    if (inputs != 1)
        return usage(inputs == 0
                         ? "no input: expected --prompt TEXT, --tokens 1,2,3 or --prompts FILE.jsonl"
                         : "more than one input: --prompt, --tokens and --prompts exclude each other");
    Result<RunRequest> request = sharedPart(o);
    if (!request) return request;
    if (o.tokens)
        request->input = {*o.tokens, o.bos};
    else if (o.prompt)
        request->input = {*o.prompt, o.bos};
    return request;
}

Result<int> forEachLine(const Options& o, const std::function<bool(int, const Result<RunRequest>&)>& answer) {
    const Result<RunRequest> shared = requestOf(o);
    if (!shared) return fail(shared.error());
    Result<std::string> all = readFile(*o.prompts, promptsBytes, "read prompts");
    if (!all) return fail(std::move(all.error()));
    std::istringstream file(std::move(*all));
    int line = 0;
    for (std::string text; std::getline(file, text);) {
        if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
        if (!answer(line++, lineRequest(o, *shared, text))) break;
    }
    return line;
}

} // namespace cutaway::app
