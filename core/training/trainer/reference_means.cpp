// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/reference_means.h"

#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/lens_calibration.h"
#include "core/engine/torch/means_file.h"
#include "core/engine/torch/torch_engine.h"

namespace cutaway::training {

Status writeReferenceMeans(const std::filesystem::path& folder, const ProgressSink& progress,
                           const CancelToken& cancel) {
    const auto engine =
        engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary);
    engine::OpenRequest opening;
    opening.model = folder;
    opening.means = folder / engine::MeansFile::name;
    std::error_code error;
    std::filesystem::remove(*opening.means, error); // what stands there may be of other weights
    std::filesystem::remove(folder / engine::lensFileName, error);
    if (const auto info = engine->open(opening, progress, cancel); !info) return fail(info.error());
    RunRequest request;
    request.input.value = std::vector<TokenId>{0};
    Cut cut;
    cut.kind = CutKind::Mean;
    cut.targets = {{TargetKind::Block}};
    request.cuts = {cut};
    if (const auto run = engine->run(request, progress, cancel); !run) return fail(run.error());
    if (const auto lens = engine->calibrateLens(progress, cancel); !lens) return fail(lens.error());
    if (!std::filesystem::exists(*opening.means, error))
        return fail(ErrorCode::FileUnwritable, "write reference means",
                    opening.means->string() + " could not be written");
    return {};
}

} // namespace cutaway::training
