// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cutaway::engine {

/// The command that serves an engine on another machine: `ssh HOST cutaway-engine --stdio`, from `ssh:HOST`
/// (`ssh:USER@HOST`, or a name from ssh's own configuration). `unattended`: ssh asks for no password, it
/// fails. Errors: Usage where this is no such place.
Result<std::vector<std::string>> remoteCommand(std::string_view place, bool unattended);

/// An engine in another process, spoken to over its standard streams (frames.h): the same answers, one call
/// at a time. Paths in requests are paths where it runs. Errors besides those of Engine: EngineLost where the
/// program cannot be started, is of another version, ends or falls silent; what it said last on its standard
/// error stands in the message.
class RemoteEngine : public Engine {
public:
    /// Starts a program, found in PATH, and waits for its greeting. `version` is what both sides are of.
    static Result<std::unique_ptr<Engine>> start(const std::vector<std::string>& command,
                                                 const std::string& version, const CancelToken& cancel);
    /// The program leaves when its line is closed, or is ended.
    ~RemoteEngine() override;

    Result<ModelInfo> open(const OpenRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) override;
    Result<ModelInfo> info() const override;
    Result<std::vector<TokenPiece>> tokenize(const TokenInput& input) const override;
    Result<std::string> decode(const std::vector<TokenId>& tokens) const override;
    Result<RunResult> run(const RunRequest& request, const ProgressSink& progress,
                          const CancelToken& cancel) override;
    Result<GenerateResult> generate(const GenerateRequest& request, const ProgressSink& progress,
                                    const CancelToken& cancel) override;
    Result<HostTensor> slice(const SliceRequest& request, const CancelToken& cancel) override;
    Result<Tiles> tiles(const TilesRequest& request, const CancelToken& cancel) override;
    Result<LensResult> lens(const LensRequest& request, const CancelToken& cancel) override;
    Result<LensCalibration> calibrateLens(const ProgressSink& progress, const CancelToken& cancel) override;
    Result<AttributionResult> attribution(const AttributionRequest& request,
                                          const CancelToken& cancel) override;
    Result<WaterfallResult> waterfall(const WaterfallRequest& request, const CancelToken& cancel) override;
    Result<SweepResult> sweep(const SweepRequest& request, const SweepSink& cells,
                              const ProgressSink& progress, const CancelToken& cancel) override;
    Result<HeadReading> readHead(const HeadReadingRequest& request, const CancelToken& cancel) override;
    Result<NeuronsResult> neurons(const NeuronsRequest& request, const CancelToken& cancel) override;
    Result<TrustResult> trust(const CancelToken& cancel) override;

private:
    class Line;
    explicit RemoteEngine(std::unique_ptr<Line> line);

    std::unique_ptr<Line> m_line;
    std::optional<ModelInfo> m_info;
};

} // namespace cutaway::engine
