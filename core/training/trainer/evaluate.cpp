// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/evaluate.h"

#include "core/engine/torch/failure.h"
#include "core/engine/torch/loader.h"
#include "core/model/open_model.h"
#include "core/text/tokenizer.h"
#include "core/training/trainer/measure.h"

#include <ATen/Parallel.h>

#include <exception>
#include <new>

namespace cutaway::training {

namespace {

constexpr const char* kOperation = "evaluate demo";

Result<EvaluationReport> ask(const std::filesystem::path& folder, const EvaluateOptions& options,
                             const ProgressSink& progress, const CancelToken& cancel) {
    const auto path = model::resolveModelPath(folder);
    if (!path) return fail(path.error());
    const auto opened = model::openModel(*path);
    if (!opened) return fail(opened.error());
    if (!opened->tokenizer)
        return fail(ErrorCode::NoTokenizer, kOperation,
                    path->string() + " has no tokenizer.json to ask in text");
    const auto tokenizer = text::Tokenizer::load(*opened->tokenizer);
    if (!tokenizer) return fail(tokenizer.error());
    const std::optional<TokenId> bos = (*tokenizer)->bos();
    if (!bos)
        return fail(ErrorCode::BadTokenizer, kOperation,
                    "the tokenizer has no token for a text's beginning, which the demo's prompts start with");
    const auto model = engine::loadTransformer(*opened, {}, progress, cancel);
    const Encode encode = [&](std::string_view text) {
        const auto ids = (*tokenizer)->encode(std::string(text), BosMode::None);
        return ids ? std::vector<int>(ids->begin(), ids->end()) : std::vector<int>();
    };
    return measure(*model, Corpus(), encode, static_cast<int>(*bos), options, progress, cancel);
}

} // namespace

Result<EvaluationReport> evaluateDemo(const std::filesystem::path& folder, const EvaluateOptions& options,
                                      const ProgressSink& progress, const CancelToken& cancel) {
    if (options.items < 1)
        return fail(ErrorCode::Usage, kOperation,
                    "items must be at least 1, got " + std::to_string(options.items));
    try {
        if (options.threads > 0) at::set_num_threads(options.threads);
        return ask(folder, options, progress, cancel);
    } catch (const engine::Failure& failure) {
        return fail(failure.error);
    } catch (const engine::CancelledPass&) {
        return fail(ErrorCode::Cancelled, kOperation, "stopped");
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, kOperation, "an allocation failed; fewer items may fit");
    } catch (const std::exception& e) {
        return fail(ErrorCode::Internal, kOperation, e.what());
    }
}

} // namespace cutaway::training
