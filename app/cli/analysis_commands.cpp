// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/answers.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "core/types/analysis_json.h"

namespace cutaway::app {

int runLens(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, false, cancel);
    if (!engine) return printError(engine.error());
    return answerAll(o, cancel, [&](int, const RunRequest& request) -> Status {
        const Result<LensResult> result = (*engine)->lens({request}, cancel);
        if (!result) return fail(result.error());
        printReply(toJson(*result));
        return {};
    });
}

int runAttribution(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, false, cancel);
    if (!engine) return printError(engine.error());
    return answerAll(o, cancel, [&](int, const RunRequest& request) -> Status {
        const Result<AttributionResult> result = (*engine)->attribution({request, request.position}, cancel);
        if (!result) return fail(result.error());
        printReply(toJson(*result));
        return {};
    });
}

int runWaterfall(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, false, cancel);
    if (!engine) return printError(engine.error());
    return answerAll(o, cancel, [&](int, const RunRequest& request) -> Status {
        const Result<WaterfallResult> result = (*engine)->waterfall({request, request.position}, cancel);
        if (!result) return fail(result.error());
        printReply(toJson(*result));
        return {};
    });
}

} // namespace cutaway::app
