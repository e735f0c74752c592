// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/failure.h"
#include "core/engine/torch/lens_calibration.h"
#include "core/engine/torch/runner.h"
#include "core/engine/torch/torch_error.h"
#include "core/engine/words.h"
#include "core/types/model_traits.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Private to core/engine/torch: what the engine keeps of an open model, and how its methods guard
/// themselves.
namespace cutaway::engine {

/// A run made with keep = true.
struct KeptRun {
    std::uint64_t handle = 0;
    std::uint64_t generation = 0;
    std::shared_ptr<SideRun> uncut, cut; ///< the same where there are no cuts
    Interventions cuts;
};

/// Everything that belongs to one open model.
struct OpenedState {
    ModelInfo info;
    std::set<TokenId> endTokens; ///< generation stops behind one of these
    std::shared_ptr<const Transformer> model;
    std::unique_ptr<Runner> runner;
    std::unique_ptr<Words> words;
    std::deque<KeptRun> kept; ///< newest first
    LensTally tally;          ///< of the lens over the reference set, as far as it has come
    std::optional<LensCalibration> calibration;
    std::vector<ReferenceFile> calibrations; ///< files that may hold it
    std::optional<ReferenceFile> keepCalibration;

    /// The run of a handle. Raises Failure: Usage where it is no longer kept.
    KeptRun& keptRun(std::uint64_t handle) {
        const auto found =
            std::find_if(kept.begin(), kept.end(), [&](const KeptRun& run) { return run.handle == handle; });
        if (found == kept.end())
            raise(ErrorCode::Usage, "read kept run",
                  "run " + std::to_string(handle) + " is no longer kept, the two newest are");
        return *found;
    }
};

/// Runs `work` without gradients, turning everything thrown on the way into an Error.
template <class Work> auto guarded(const std::string& operation, const Work& work) -> decltype(work()) {
    try {
        const at::NoGradGuard noGradients;
        return work();
    } catch (const Failure& failure) {
        return fail(failure.error);
    } catch (const CancelledPass&) {
        return fail(ErrorCode::Cancelled, operation, "stopped on request");
    } catch (const c10::Error& error) {
        return fail(errorOf(operation, error));
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, operation,
                    "memory ran out; a shorter prompt or fewer arrays need less");
    } catch (const std::exception& error) {
        return fail(ErrorCode::Internal, operation, error.what());
    }
}

/// Lends the caller's token and sink to the runner for the time of one call.
class Watch {
public:
    Watch(Runner& runner, const CancelToken& cancel, const ProgressSink& progress) : m_runner(runner) {
        runner.setCancel(&cancel);
        if (progress)
            runner.setProgress([progress](std::int64_t done, std::int64_t total) {
                progress({"running reference prompts", done, total});
            });
    }
    ~Watch() {
        m_runner.setCancel(nullptr);
        m_runner.setProgress({});
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

private:
    Runner& m_runner;
};

} // namespace cutaway::engine
