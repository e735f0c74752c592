// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"

#include "core/engine/process/remote_engine.h"
#include "core/types/cut_text.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace cutaway::app {

namespace {

tl::unexpected<Error> usage(const std::string& message) {
    return fail(ErrorCode::Usage, "read command line", message);
}

/// Options as CLI11 fills them, before they are given their meaning.
struct RawOptions {
    std::string tokens, decode, hooks, positions = "last", weights = "raw";
    std::string over = "heads", kind = "zero", metric = "logit_diff";
    std::vector<std::string> cuts, answer, wrong;
    bool bos = false, noBos = false;
};

template <class T>
CLI::Option* repeatable(CLI::App* app, const std::string& name, T& target, const std::string& help) {
    return app->add_option(name, target, help)->allow_extra_args(false);
}

void addInputs(CLI::App* app, Options& o, RawOptions& raw) {
    app->add_option("--prompt", o.prompt, "Text, tokenised by the model's own tokenizer");
    app->add_option("--tokens", raw.tokens, "Token ids, 1,2,3, taken as they are");
    app->add_option("--prompts", o.prompts, "JSONL file, a request a line; a reply a line in the same order");
    app->add_flag("--no-bos", raw.noBos, "Drop every token the tokenizer's post-processor adds");
    app->add_flag("--bos", raw.bos, "Force the beginning-of-sequence token");
}

void addDevice(CLI::App* app, Options& o, RawOptions& raw) {
    app->add_option("--device", o.device, "cpu or cuda[:N]");
    app->add_option("--dtype", o.dtype, "f32, bf16 or f16");
    app->add_option("--threads", o.threads, "Threads to compute with; 0: as many as the machine has");
    app->add_option("--weights", raw.weights, "raw (as stored) or folded (as TransformerLens folds them)");
    app->add_option("--engine", o.engine,
                    "ssh:HOST: run on another machine, with MODEL and --reference as paths there");
    app->add_option("--reference", o.reference, "JSONL of prompts that mean and resample draw on");
    app->add_flag("--quiet", o.quiet, "No progress on stderr");
}

void addRun(CLI::App* app, Options& o, RawOptions& raw) {
    repeatable(app, "--cut", raw.cuts, "What to cut, for example mean:L3H1; repeatable");
    repeatable(app, "--donor", o.donors, "[NAME=]TEXT that patch takes values from");
    repeatable(app, "--donor-tokens", o.donorTokens, "[NAME=]1,2,3");
    repeatable(app, "--answer", raw.answer, "Token (exact text, or #id); repeated: a set");
    repeatable(app, "--wrong", raw.wrong, "Token to compare with; repeated: a set");
}

/// A comma ends a name unless it stands inside brackets: `blocks.0.attn.hook_q[1,3],logits`.
std::vector<std::string> splitNames(const std::string& text) {
    std::vector<std::string> names(1);
    int depth = 0;
    for (const char c : text) {
        depth += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (c == ',' && depth == 0)
            names.emplace_back();
        else
            names.back() += c;
    }
    std::erase(names, "");
    return names;
}

TokenSet choices(const std::vector<std::string>& texts) {
    TokenSet set;
    for (const std::string& text : texts) {
        TokenId id = 0;
        const char* end = text.data() + text.size();
        const bool number = text.size() > 1 && text.front() == '#' &&
                            std::from_chars(text.data() + 1, end, id).ptr == end && id >= 0;
        if (number)
            set.emplace_back(id);
        else
            set.emplace_back(text);
    }
    return set;
}

/// `--over`, `--kind` and `--metric` of `sweep`.
Status interpretSweep(Options& o, const RawOptions& raw) {
    const std::optional<SweepOver> over = sweepOverFrom(raw.over);
    if (!over)
        return usage("--over is '" + raw.over +
                     "', expected heads, q, k, v, z, pattern, attn, mlp, blocks, resid, resid_mid, "
                     "resid_post, attn_out or mlp_out");
    o.over = *over;
    constexpr std::array kinds{CutKind::Zero, CutKind::Mean, CutKind::Resample, CutKind::Patch};
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](CutKind known) { return cutKindName(known) == raw.kind; });
    if (kind == kinds.end())
        return usage("--kind is '" + raw.kind + "', expected zero, mean, resample or patch");
    o.kind = *kind;
    const std::optional<SweepMetric> metric = sweepMetricFrom(raw.metric);
    if (!metric)
        return usage("--metric is '" + raw.metric + "', expected logit_diff, logit, prob, kl or loss");
    o.metric = *metric;
    return {};
}

/// Gives the raw texts their meaning and refuses what is off.
Status interpret(Options& o, const RawOptions& raw, const CLI::App& command) {
    const auto given = [&](const std::string& name) {
        const CLI::Option* option = command.get_option_no_throw(name);
        return option != nullptr && option->count() > 0;
    };
    const auto ids = [&](const std::string& name, const std::string& text,
                         std::optional<std::vector<TokenId>>& into) -> Status {
        if (!given(name)) return {};
        Result<std::vector<TokenId>> list = parseTokenIds(text, name);
        if (!list) return fail(list.error());
        into = std::move(*list);
        return {};
    };
    if (const Status s = ids("--tokens", raw.tokens, o.tokens); !s) return s;
    if (const Status s = ids("--decode", raw.decode, o.decode); !s) return s;
    if (raw.bos && raw.noBos) return usage("--bos and --no-bos exclude each other");
    o.bos = raw.bos ? BosMode::Force : raw.noBos ? BosMode::None : BosMode::PostProcessor;
    if (raw.weights != "raw" && raw.weights != "folded")
        return usage("--weights is '" + raw.weights + "', expected raw or folded");
    o.folded = raw.weights == "folded";
    if (o.engine) {
        if (const auto place = engine::remoteCommand(*o.engine, false); !place) return fail(place.error());
        constexpr std::array<std::string_view, 4> here{"tokenize", "selftest", "train", "evaluate"};
        if (o.headersOnly || std::find(here.begin(), here.end(), command.get_name()) != here.end())
            return usage("--engine has no place here: " + command.get_name() +
                         (o.headersOnly ? " --headers" : "") +
                         " asks no engine, it reads what is on this machine");
    }
    constexpr std::array<std::string_view, 3> dtypes{"f32", "bf16", "f16"};
    if (std::find(dtypes.begin(), dtypes.end(), o.dtype) == dtypes.end())
        return usage("--dtype is '" + o.dtype + "', expected f32, bf16 or f16");
    if (raw.positions != "last" && raw.positions != "all")
        return usage("--positions is '" + raw.positions + "', expected last or all");
    o.allPositions = raw.positions == "all";
    if (o.allPositions && given("--position"))
        return usage("--position and --positions all exclude each other");
    if (o.threads < 0) return usage("--threads is " + std::to_string(o.threads) + ", expected 0 or more");
    if (o.top < 0) return usage("--top is " + std::to_string(o.top) + ", expected 0 or more");
    if (o.maxTokens < 0)
        return usage("--max-tokens is " + std::to_string(o.maxTokens) + ", expected 0 or more");
    if (o.temperature && !(std::isfinite(*o.temperature) && *o.temperature > 0.0))
        return usage("--temperature is a number above 0; leave it out for greedy decoding");
    if (const Status s = interpretSweep(o, raw); !s) return s;
    o.hooks = splitNames(raw.hooks);
    if (!o.hooks.empty() && !o.save) return usage("--hooks without --save: name the file the arrays go to");
    if (o.save && o.hooks.empty()) return usage("--save without --hooks: name the arrays to save");
    o.answer = choices(raw.answer);
    o.wrong = choices(raw.wrong);
    o.seedGiven = given("--seed");
    for (const std::string& text : raw.cuts) {
        Result<Cut> cut = parseCut(text);
        if (!cut) return fail(cut.error());
        o.cuts.push_back(std::move(*cut));
    }
    return {};
}

} // namespace

std::pair<std::string, std::string> splitDonor(const std::string& text) {
    const std::size_t equals = text.find('=');
    const auto wordLike = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    if (equals == std::string::npos || equals == 0 ||
        !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), wordLike))
        return {"B", text};
    return {text.substr(0, equals), text.substr(equals + 1)};
}

Result<std::vector<TokenId>> parseTokenIds(const std::string& text, const std::string& option) {
    std::vector<TokenId> ids;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view item = rest.substr(0, rest.find(','));
        TokenId id = 0;
        const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), id);
        if (error != std::errc{} || end != item.data() + item.size() || id < 0)
            return usage(option + " holds '" + std::string(item) + "', expected token ids such as 1,2,3");
        ids.push_back(id);
        if (item.size() == rest.size()) break;
        rest.remove_prefix(item.size() + 1);
        if (rest.empty()) return usage(option + " ends with a comma, expected a token id after it");
    }
    return ids;
}

Result<ParsedLine> parseOptions(const std::vector<std::string>& arguments) {
    ParsedLine line;
    Options& o = line.options;
    RawOptions raw;
    CLI::App app{"Opens a language model up: run it, cut parts out, see exactly what changes.",
                 "cutaway-cli"};
    app.set_version_flag("--version", "cutaway-cli " CUTAWAY_VERSION);
    app.require_subcommand(1);
    const auto command = [&](const std::string& name, const std::string& help) {
        CLI::App* sub = app.add_subcommand(name, help);
        sub->add_option("MODEL", o.model, "A model folder, or demo")->required();
        return sub;
    };
    CLI::App* info = command("info", "What a model is");
    info->add_flag("--headers", o.headersOnly,
                   "From the headers alone: no weight is read, nothing is hashed");
    CLI::App* check = command("check", "Whether a model is provably itself");
    CLI::App* tokenize = command("tokenize", "A text's tokens, or tokens' text");
    CLI::App* run = command("run", "Predictions, with and without cuts; any activation to a file");
    CLI::App* generate = command("generate", "Continue a text");
    CLI::App* lens = command("lens", "What the residual stream would predict at every layer and position");
    CLI::App* attribution = command("attribution", "What each part adds to answer - wrong at a position");
    CLI::App* waterfall = command("waterfall", "Which parts changed answer - wrong from uncut to cut");
    CLI::App* sweep = command("sweep", "A metric with every head, layer or position cut in turn");
    CLI::App* serve = command("serve", "Answer request documents, JSON lines on stdin, with the model open");
    CLI::App* selftest = app.add_subcommand("selftest", "Check this build on this device against references");
    CLI::App* train = command("train", "Train the demo model");
    CLI::App* evaluate = command("evaluate", "Measure the demo model on its tasks");
    for (CLI::App* sub : {info, check, tokenize, run, generate, lens, attribution, waterfall, sweep, serve,
                          selftest, train, evaluate})
        addDevice(sub, o, raw);
    for (CLI::App* sub : {tokenize, run, generate, lens, attribution, waterfall, sweep})
        addInputs(sub, o, raw);
    for (CLI::App* sub : {run, generate, lens, attribution, waterfall, sweep})
        addRun(sub, o, raw);
    tokenize->add_option("--decode", raw.decode, "Token ids to turn into text");
    run->add_option("--positions", raw.positions, "last or all");
    run->add_option("--top", o.top, "Predictions a position");
    run->add_option("--hooks", raw.hooks, "Names of activations to save, comma separated");
    run->add_option("--save", o.save, "Safetensors file they go to");
    generate->add_option("--max-tokens", o.maxTokens, "New tokens at most");
    generate->add_option("--temperature", o.temperature, "Sample instead of taking the best");
    generate->add_option("--seed", o.seed, "Seed of the sampling");
    generate->add_flag("--ignore-eos", o.ignoreEos, "Go on after the end-of-text token");
    for (CLI::App* sub : {run, attribution, waterfall, sweep})
        sub->add_option("--position", o.position, "Where answer - wrong is read; -1 is the last");
    sweep
        ->add_option("--over", raw.over,
                     "What is cut: heads, q, k, v, z, pattern (layer by head), attn, mlp, blocks (a layer), "
                     "resid, resid_mid, resid_post, attn_out, mlp_out (layer by position)")
        ->required();
    sweep->add_option("--kind", raw.kind, "How: zero, mean, resample or patch");
    sweep->add_option("--metric", raw.metric, "What is read: logit_diff, logit, prob, kl or loss");
    train->add_option("--out", o.out, "Folder the model is written to")->required();
    train->add_option("--seed", o.seed, "Seed of weights and data");
    train->add_option("--steps", o.steps, "Optimiser steps");
    train->add_option("--heads-left", o.headsLeft, "Attention heads left at the end; 0: all")
        ->check(CLI::NonNegativeNumber);
    train->add_flag("--resume", o.resume, "Go on from the checkpoint in --out");
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        line.text = chosen.empty() ? app.help() : chosen.front()->help();
        return line;
    } catch (const CLI::CallForVersion&) {
        line.text = "cutaway-cli " CUTAWAY_VERSION "\n";
        return line;
    } catch (const CLI::Error& error) {
        return usage(std::string(error.what()) + "; cutaway-cli --help lists commands and options");
    }
    const CLI::App& chosen = *app.get_subcommands().front();
    o.command = chosen.get_name();
    if (const Status s = interpret(o, raw, chosen); !s) return fail(s.error());
    return line;
}

} // namespace cutaway::app
