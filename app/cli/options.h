// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/types/analysis.h"
#include "core/types/run_request.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::app {

/// The command line as a value; names are the options' own (design: cli).
struct Options {
    std::string command;
    std::string model;

    std::optional<std::string> prompt;
    std::optional<std::vector<TokenId>> tokens;
    std::optional<std::string> prompts; ///< JSONL file
    BosMode bos = BosMode::PostProcessor;
    std::vector<std::string> donors;      ///< `[NAME=]TEXT`
    std::vector<std::string> donorTokens; ///< `[NAME=]1,2`
    TokenSet answer, wrong;

    std::vector<Cut> cuts;
    std::optional<std::string> reference;
    std::string device = "cpu";
    bool folded = false;      ///< --weights folded
    bool headersOnly = false; ///< info --headers
    std::string dtype = "f32";
    int threads = 0;
    std::optional<std::string> engine; ///< `ssh:HOST`: the model and its engine are on another machine
    bool quiet = false;

    std::optional<std::vector<TokenId>> decode; ///< tokenize
    bool allPositions = false;                  ///< run
    int top = 10;
    std::vector<std::string> hooks;
    std::optional<std::string> save;
    int position = -1;                 ///< run, attribution, waterfall, sweep
    SweepOver over = SweepOver::Heads; ///< sweep
    CutKind kind = CutKind::Zero;
    SweepMetric metric = SweepMetric::LogitDiff;
    int maxTokens = 32; ///< generate
    std::optional<double> temperature;
    std::uint64_t seed = 0; ///< generate, train
    bool seedGiven = false;
    bool ignoreEos = false;
    std::optional<std::string> out; ///< train
    std::optional<int> steps;
    int headsLeft = 0; ///< of `train`; 0: all
    bool resume = false;
};

/// What to do with a command line: run a command, or print a help or version text and stop.
struct ParsedLine {
    Options options;
    std::optional<std::string> text; ///< help or version, for stdout
};

/// Parses the arguments after the program's name. Errors: Usage, BadCut.
Result<ParsedLine> parseOptions(const std::vector<std::string>& arguments);

/// `NAME=rest` split where NAME is an identifier, else `B` and the whole text.
std::pair<std::string, std::string> splitDonor(const std::string& text);

/// `1,2,3`; empty text is the empty list. Errors: Usage.
Result<std::vector<TokenId>> parseTokenIds(const std::string& text, const std::string& option);

} // namespace cutaway::app
