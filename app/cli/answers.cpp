// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/answers.h"

#include "app/cli/console.h"
#include "app/cli/requests.h"
#include "core/engine/process/remote_engine.h"
#include "core/engine/sturdy_engine.h"
#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"

namespace cutaway::app {

using engine::Engine;

namespace {

Result<std::unique_ptr<Engine>> makeEngine(const Options& o, const CancelToken& cancel) {
    if (!o.engine)
        return engine::makeSturdy(
            engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary));
    const Result<std::vector<std::string>> command = engine::remoteCommand(*o.engine, false);
    if (!command) return fail(command.error());
    return engine::RemoteEngine::start(*command, CUTAWAY_VERSION, cancel);
}

} // namespace

Result<std::unique_ptr<Engine>> openEngine(const Options& o, bool hash, const CancelToken& cancel) {
    Result<std::unique_ptr<Engine>> engine = makeEngine(o, cancel);
    if (!engine) return engine;
    engine::OpenRequest request;
    request.model = o.model;
    if (o.reference) request.reference = *o.reference;
    request.device = o.device;
    request.dtype = o.dtype;
    request.folded = o.folded;
    request.threads = o.threads;
    request.hash = hash;
    const Result<ModelInfo> info = (*engine)->open(request, consoleProgress(o.quiet), cancel);
    if (!info) return fail(info.error());
    return engine;
}

int answerAll(const Options& o, const CancelToken& cancel,
              const std::function<Status(int line, const RunRequest& request)>& answer) {
    if (!o.prompts) {
        const Result<RunRequest> request = requestOf(o);
        if (!request) return printError(request.error());
        const Status done = answer(-1, *request);
        return done ? 0 : printError(done.error());
    }
    int failures = 0;
    bool interrupted = false;
    const Result<int> lines = forEachLine(o, [&](int line, const Result<RunRequest>& request) {
        const Status done = request ? answer(line, *request) : Status(fail(request.error()));
        if (!done) {
            printError(done.error());
            ++failures;
        }
        interrupted = cancel.cancelled();
        return !interrupted;
    });
    if (!lines) return printError(lines.error());
    return interrupted ? exitStatus(ErrorCode::Cancelled) : failures > 0 ? 1 : 0;
}

} // namespace cutaway::app
