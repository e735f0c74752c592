// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/options.h"
#include "core/base/cancel.h"

namespace cutaway::app {

/// Each runs one command to its end, prints its replies and returns the exit status (design: cli).
int runInfo(const Options& options, const CancelToken& cancel);
int runCheck(const Options& options, const CancelToken& cancel);
int runTokenize(const Options& options);
int runRun(const Options& options, const CancelToken& cancel);
int runGenerate(const Options& options, const CancelToken& cancel);
int runLens(const Options& options, const CancelToken& cancel);
int runAttribution(const Options& options, const CancelToken& cancel);
int runWaterfall(const Options& options, const CancelToken& cancel);
int runSweep(const Options& options, const CancelToken& cancel);
int runSelfTest(const Options& options, const CancelToken& cancel);
int runServe(const Options& options, const CancelToken& cancel);
int runTrain(const Options& options, const CancelToken& cancel);
int runEvaluate(const Options& options, const CancelToken& cancel);

} // namespace cutaway::app
