// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include "app/cli/answers.h"
#include "app/cli/console.h"
#include "core/model/gguf/gguf_model.h"
#include "core/model/open_model.h"
#include "core/types/sweep_json.h"
#include "core/weights/safetensors.h"

namespace cutaway::app {

namespace {

/// Arrays of all replies under the names they are saved by.
class SavedArrays {
public:
    void add(int line, const RunResult& result) {
        const std::string prefix = line < 0 ? "" : std::to_string(line) + ".";
        for (const auto& [name, array] : result.main.arrays)
            m_arrays[prefix + name] = array;
        HostTensor tokens{{static_cast<std::int64_t>(result.tokens.size())}, {}, {}};
        tokens.ids.assign(result.tokens.begin(), result.tokens.end());
        m_arrays[prefix + "tokens"] = std::move(tokens);
    }
    Status write(const std::string& path) const { return weights::writeSafetensors(path, m_arrays); }

private:
    std::map<std::string, HostTensor> m_arrays;
};

} // namespace

namespace {

/// What headers alone say: no weight is read, nothing is hashed.
int runQuickInfo(const Options& o) {
    Result<model::OpenedModel> opened = model::openModel(o.model);
    if (!opened) return printError(opened.error());
    ModelInfo info = opened->info;
    if (opened->tokenizer) {
        const auto tokenizer = model::loadTokenizer(*opened->tokenizer);
        if (tokenizer)
            info.tokenizer = (*tokenizer)->description();
        else
            info.warnings.push_back("The tokenizer cannot be used: " + tokenizer.error().message + ".");
    }
    printReply(toJson(info));
    return 0;
}

} // namespace

int runInfo(const Options& o, const CancelToken& cancel) {
    if (o.headersOnly) return runQuickInfo(o);
    const auto engine = openEngine(o, true, cancel);
    if (!engine) return printError(engine.error());
    const Result<ModelInfo> info = (*engine)->info();
    if (!info) return printError(info.error());
    printReply(toJson(*info));
    return 0;
}

int runTokenize(const Options& o) {
    const auto folder = model::resolveModelPath(o.model);
    if (!folder) return printError(folder.error());
    const auto tokenizer = model::loadTokenizer(*folder);
    if (!tokenizer) return printError(tokenizer.error());
    const auto& t = **tokenizer;
    const auto known = [&](const std::vector<TokenId>& ids) -> Status {
        for (const TokenId id : ids)
            if (id < 0 || static_cast<std::size_t>(id) >= t.size())
                return fail(ErrorCode::OutOfRange, "tokenize",
                            "token " + std::to_string(id) + " is out of range, the vocabulary has ids 0 to " +
                                std::to_string(t.size() - 1));
        return {};
    };
    if (o.decode) {
        if (const Status s = known(*o.decode); !s) return printError(s.error());
        Json reply;
        reply["text"] = t.decode(*o.decode, false);
        printReply(reply);
        return 0;
    }
    return answerAll(o, {}, [&](int, const RunRequest& request) -> Status {
        const auto* ids = std::get_if<std::vector<TokenId>>(&request.input.value);
        const Result<std::vector<TokenId>> tokens =
            ids ? *ids : t.encode(std::get<std::string>(request.input.value), request.input.bos);
        if (!tokens) return fail(tokens.error());
        if (const Status s = known(*tokens); !s) return s;
        std::vector<TokenPiece> pieces;
        for (const TokenId id : *tokens)
            pieces.push_back(t.piece(id));
        printReply(toJson(pieces));
        return {};
    });
}

int runRun(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, false, cancel);
    if (!engine) return printError(engine.error());
    SavedArrays arrays;
    const int status = answerAll(o, cancel, [&](int line, const RunRequest& request) -> Status {
        const Result<RunResult> result = (*engine)->run(request, consoleProgress(o.quiet), cancel);
        if (!result) return fail(result.error());
        if (o.save) arrays.add(line, *result);
        printReply(toJson(*result));
        return {};
    });
    if (!o.save || status == exitStatus(ErrorCode::Cancelled) || (status != 0 && !o.prompts)) return status;
    const Status saved = arrays.write(*o.save);
    return saved ? status : printError(saved.error());
}

int runGenerate(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, false, cancel);
    if (!engine) return printError(engine.error());
    return answerAll(o, cancel, [&](int, const RunRequest& request) -> Status {
        GenerateRequest generate;
        generate.run = request;
        generate.maxTokens = o.maxTokens;
        generate.temperature = o.temperature;
        generate.seed = o.seed;
        generate.ignoreEos = o.ignoreEos;
        const Result<GenerateResult> result = (*engine)->generate(generate, consoleProgress(o.quiet), cancel);
        if (!result) return fail(result.error());
        printReply(toJson(*result));
        return {};
    });
}

int runSweep(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, false, cancel);
    if (!engine) return printError(engine.error());
    return answerAll(o, cancel, [&](int, const RunRequest& request) -> Status {
        SweepRequest sweep;
        sweep.run = request;
        sweep.over = o.over;
        sweep.kind = o.kind;
        sweep.metric = o.metric;
        sweep.position = request.position;
        const Result<SweepResult> result = (*engine)->sweep(sweep, {}, consoleProgress(o.quiet), cancel);
        if (!result) return fail(result.error());
        printReply(toJson(*result));
        return {};
    });
}

} // namespace cutaway::app
