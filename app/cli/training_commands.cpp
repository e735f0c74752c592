// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "core/training/evaluate.h"
#include "core/training/reference_means.h"
#include "core/training/train.h"

#include <cstdio>

namespace cutaway::app {

namespace {

Json tasksJson(const training::EvaluationReport& report) {
    Json tasks = Json::object();
    for (const auto& [name, score] : report.tasks) {
        tasks[name]["accuracy"] = score.accuracy;
        tasks[name]["items"] = score.items;
    }
    Json reply;
    reply["tasks"] = std::move(tasks);
    reply["loss"] = report.loss;
    return reply;
}

void printStep(const training::TrainStep& step) {
    std::fprintf(stderr, "step %d of %d  loss %.3f  %.0f tokens/s\n", step.step, step.steps, step.loss,
                 step.tokensPerSecond);
    if (!step.evaluation) return;
    for (const auto& [name, score] : step.evaluation->tasks)
        std::fprintf(stderr, "  %-28s %5.1f %%\n", name.c_str(), 100.0 * score.accuracy);
}

} // namespace

int runTrain(const Options& o, const CancelToken& cancel) {
    if (o.model != "demo")
        return printError(
            {ErrorCode::Usage, "train", "there is one model to train, demo, not '" + o.model + "'", {}});
    training::TrainOptions options;
    options.out = *o.out;
    if (o.steps) options.steps = *o.steps;
    if (o.seedGiven) options.seed = o.seed;
    options.headsLeft = o.headsLeft;
    options.resume = o.resume;
    options.threads = o.threads;
    const auto sink = o.quiet ? training::TrainSink{} : training::TrainSink(printStep);
    const Result<training::TrainReport> report =
        training::trainDemo(options, consoleProgress(o.quiet), cancel, sink);
    if (!report) return printError(report.error());
    if (const Status means = training::writeReferenceMeans(options.out, consoleProgress(o.quiet), cancel);
        !means)
        return printError(means.error());
    Json reply = tasksJson(report->evaluation);
    reply["steps"] = report->steps;
    reply["tokens_seen"] = report->tokensSeen;
    reply["parameters"] = report->parameters;
    reply["training_loss"] = report->loss;
    reply["seconds"] = report->seconds;
    printReply(reply);
    return 0;
}

int runEvaluate(const Options& o, const CancelToken& cancel) {
    training::EvaluateOptions options;
    options.threads = o.threads;
    const auto report = training::evaluateDemo(o.model, options, consoleProgress(o.quiet), cancel);
    if (!report) return printError(report.error());
    Json reply = tasksJson(*report);
    reply["logit_diff"] = report->logitDifference;
    Json heads = Json::array();
    for (const training::HeadReport& head : report->heads)
        heads.push_back({{"layer", head.layer},
                         {"head", head.head},
                         {"induction", head.induction},
                         {"effect", head.effect}});
    reply["heads"] = std::move(heads);
    printReply(reply);
    return 0;
}

} // namespace cutaway::app
