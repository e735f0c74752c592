// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"

#include <csignal>
#include <cstdio>
#include <exception>

namespace {

const cutaway::CancelToken interrupted;

void onInterrupt(int /*signal*/) {
    interrupted.cancel();
}

int dispatch(const cutaway::app::Options& o) {
    using namespace cutaway::app;
    if (o.command == "info") return runInfo(o, interrupted);
    if (o.command == "check") return runCheck(o, interrupted);
    if (o.command == "tokenize") return runTokenize(o);
    if (o.command == "run") return runRun(o, interrupted);
    if (o.command == "generate") return runGenerate(o, interrupted);
    if (o.command == "lens") return runLens(o, interrupted);
    if (o.command == "attribution") return runAttribution(o, interrupted);
    if (o.command == "waterfall") return runWaterfall(o, interrupted);
    if (o.command == "sweep") return runSweep(o, interrupted);
    if (o.command == "selftest") return runSelfTest(o, interrupted);
    if (o.command == "serve") return runServe(o, interrupted);
    if (o.command == "train") return runTrain(o, interrupted);
    return runEvaluate(o, interrupted);
}

} // namespace

int main(int argc, char** argv) {
    using namespace cutaway;
    std::signal(SIGINT, onInterrupt);
    std::signal(SIGTERM, onInterrupt);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const Result<app::ParsedLine> line = app::parseOptions({argv + 1, argv + argc});
        if (!line) return app::printError(line.error());
        if (line->text) {
            std::fputs(line->text->c_str(), stdout);
            return 0;
        }
        const int status = dispatch(line->options);
        if (app::repliesWritten()) return status;
        app::printMessage("[write reply] the answer could not be written to stdout, the disk may be full");
        return status == 0 ? 1 : status;
    } catch (const std::exception& error) {
        return app::printError({ErrorCode::Internal, "cutaway-cli", error.what(), {}});
    }
}
