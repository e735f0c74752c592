// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/messages.h"
#include "core/engine/process/frames.h"
#include "core/engine/process/wire.h"

/// The members of everything that crosses. Whoever adds a member to one of these structs adds it here; a test
/// sends every kind of message with all members set and compares.
namespace cutaway::engine::wire {

template <> inline constexpr int lastOf<JobTag> = static_cast<int>(JobTag::Idle);
template <> inline constexpr int lastOf<TrustState> = static_cast<int>(TrustState::SelfConsistentOnly);
template <> inline constexpr int lastOf<Side> = static_cast<int>(Side::Uncut);
template <> inline constexpr int lastOf<ErrorCode> = static_cast<int>(ErrorCode::Internal);
template <> inline constexpr int lastOf<BosMode> = static_cast<int>(BosMode::Force);
template <> inline constexpr int lastOf<CutKind> = static_cast<int>(CutKind::Freeze);
template <> inline constexpr int lastOf<TargetKind> = static_cast<int>(TargetKind::Hook);
template <> inline constexpr int lastOf<HookKind> = static_cast<int>(HookKind::Logits);
template <> inline constexpr int lastOf<NormKind> = static_cast<int>(NormKind::RmsNormUnit);
template <> inline constexpr int lastOf<PositionKind> = static_cast<int>(PositionKind::Alibi);
template <> inline constexpr int lastOf<SweepOver> = static_cast<int>(SweepOver::MlpOut);
template <> inline constexpr int lastOf<SweepMetric> = static_cast<int>(SweepMetric::Loss);
template <> inline constexpr int lastOf<PositionItem::Kind> = static_cast<int>(PositionItem::Kind::Range);
template <> inline constexpr int lastOf<Positions::Kind> = static_cast<int>(Positions::Kind::Items);

#define CUTAWAY_WIRE(type, ...)                                                                              \
    template <> struct Members<type> {                                                                       \
        using S = type;                                                                                      \
        static constexpr auto list = std::tuple(__VA_ARGS__);                                                \
    };
#define M(name) member(#name, &S::name)

CUTAWAY_WIRE(Error, M(code), M(operation), M(message), M(context))
CUTAWAY_WIRE(Progress, M(stage), M(done), M(total))

// Cuts
CUTAWAY_WIRE(PositionItem, M(kind), M(first), M(last))
CUTAWAY_WIRE(Positions, M(kind), M(items))
CUTAWAY_WIRE(Target, M(kind), M(layer), M(index), M(query), M(key), M(hook), M(hookIndex), M(featureSet))
CUTAWAY_WIRE(PositionMap::Range, M(own), M(donor), M(length))
CUTAWAY_WIRE(PositionMap, M(ranges))
CUTAWAY_WIRE(Cut, M(kind), M(targets), M(positions), M(strength), M(amount), M(seed), M(donor), M(map),
             M(vectorFile), M(vectorKey), M(byPosition), M(withBos), M(renormalise))

// Runs
CUTAWAY_WIRE(TokenInput, M(value), M(bos))
CUTAWAY_WIRE(RunRequest, M(generation), M(input), M(donors), M(cuts), M(answer), M(wrong), M(allPositions),
             M(position), M(top), M(hooks), M(uncutHooks), M(loss), M(pieces), M(restCuts), M(keep))
CUTAWAY_WIRE(GenerateRequest, M(run), M(maxTokens), M(temperature), M(seed), M(ignoreEos))
CUTAWAY_WIRE(HostTensor, M(shape), M(values), M(ids))
CUTAWAY_WIRE(Tile, M(rows), M(cols), M(low), M(high), M(pixels))
CUTAWAY_WIRE(Prediction, M(id), M(text), M(logit), M(prob))
template <> inline constexpr bool asColumns<Prediction> = true;
CUTAWAY_WIRE(PositionPredictions, M(position), M(top), M(actualProb))
template <> inline constexpr bool asColumns<PositionPredictions> = true;
CUTAWAY_WIRE(RunSide, M(positions), M(loss), M(logitDiff), M(diffs), M(answerLogit), M(wrongLogit),
             M(answerProb), M(wrongProb), M(answerProbs), M(wrongProbs), M(arrays))
CUTAWAY_WIRE(TokenPiece, M(id), M(text), M(bytes), M(special))
template <> inline constexpr bool asColumns<TokenPiece> = true;
CUTAWAY_WIRE(RunResult, M(generation), M(tokens), M(pieces), M(cuts), M(main), M(uncut), M(kl), M(computed),
             M(resumedAt), M(device), M(dtype), M(reference), M(milliseconds), M(handle), M(warnings))
CUTAWAY_WIRE(GenerateResult, M(tokens), M(text), M(warnings))

// Models
CUTAWAY_WIRE(OpenRequest, M(model), M(reference), M(device), M(dtype), M(folded), M(threads), M(hash),
             M(means))
CUTAWAY_WIRE(ModelTraits, M(nLayers), M(nHeads), M(nKvHeads), M(dModel), M(dHead), M(dMlp), M(dVocab),
             M(dVocabOut), M(context), M(norm), M(positions), M(finalNorm), M(normWeights), M(preNorm),
             M(sandwichNorm), M(qkNorm), M(parallelBlocks), M(gatedMlp), M(soluMlp), M(causal), M(nExperts),
             M(nExpertsUsed), M(denseLayers), M(headTransform))
CUTAWAY_WIRE(ModelInfo, M(name), M(path), M(family), M(traits), M(parameters), M(activation), M(tokenizer),
             M(bytes), M(hash), M(storedDtype), M(quantization), M(maskToken), M(dtype), M(device),
             M(tiedHead), M(tensorsUsed), M(tensorsUnused), M(warnings), M(referenceSet), M(referencePrompts))

// Activations of kept runs
CUTAWAY_WIRE(SliceRequest, M(handle), M(side), M(selector), M(change), M(weighted))
CUTAWAY_WIRE(TilesRequest, M(handle), M(side), M(size), M(change), M(weighted), M(folded))
CUTAWAY_WIRE(Tiles, M(generation), M(layers), M(heads), M(tiles), M(patternScores), M(first))
CUTAWAY_WIRE(TokenizeRequest, M(input))
CUTAWAY_WIRE(DecodeRequest, M(tokens))

// Analyses
CUTAWAY_WIRE(LensRequest, M(run))
CUTAWAY_WIRE(LensCell, M(top), M(prob), M(rank))
template <> inline constexpr bool asColumns<LensCell> = true;
CUTAWAY_WIRE(LensResult, M(generation), M(tokens), M(rows), M(grid), M(warnings))
CUTAWAY_WIRE(CalibrateLensRequest)
CUTAWAY_WIRE(LensCalibration, M(rows), M(agreement), M(positions), M(prompts))
CUTAWAY_WIRE(TrustRequest)
CUTAWAY_WIRE(TrustResult, M(state), M(difference), M(bound), M(compared), M(bosRule), M(roundTrip),
             M(roundTrips), M(residualNorms), M(normsSane))
CUTAWAY_WIRE(Contribution, M(name), M(value), M(target))
CUTAWAY_WIRE(AttributionRequest, M(run), M(position))
CUTAWAY_WIRE(AttributionResult, M(generation), M(position), M(total), M(components), M(residual),
             M(approximate), M(warnings))
CUTAWAY_WIRE(WaterfallRequest, M(run), M(position))
CUTAWAY_WIRE(WaterfallResult, M(generation), M(position), M(total), M(components), M(norm), M(residual),
             M(approximate), M(warnings))
CUTAWAY_WIRE(SweepRequest, M(run), M(over), M(kind), M(metric), M(position))
CUTAWAY_WIRE(SweepCell, M(row), M(col), M(value))
template <> inline constexpr bool asColumns<SweepCell> = true;
CUTAWAY_WIRE(SweepPart, M(generation), M(rows), M(cols), M(uncut), M(cells))
CUTAWAY_WIRE(SweepResult, M(generation), M(over), M(kind), M(metric), M(rows), M(cols), M(uncut), M(grid),
             M(cells), M(seconds), M(warnings))
CUTAWAY_WIRE(HeadReadingRequest, M(handle), M(uncut), M(layer), M(head), M(query), M(answer), M(wrong))
CUTAWAY_WIRE(HeadReading, M(generation), M(layer), M(head), M(query), M(q), M(keys), M(scale), M(scores),
             M(pattern), M(values), M(z), M(written), M(outNorm), M(towards), M(total), M(raised), M(lowered))
CUTAWAY_WIRE(NeuronsRequest, M(handle), M(uncut), M(layer), M(position), M(count), M(answer), M(wrong))
CUTAWAY_WIRE(Neuron, M(index), M(activation), M(towards))
template <> inline constexpr bool asColumns<Neuron> = true;
CUTAWAY_WIRE(NeuronsResult, M(generation), M(layer), M(position), M(neurons), M(total), M(experts))

// Frames
CUTAWAY_WIRE(HelloFrame, M(protocol), M(program), M(version), M(process))
CUTAWAY_WIRE(PulseFrame, M(running), M(asked))
CUTAWAY_WIRE(RequestMessage, M(id), M(generation), M(tag), M(ask))
CUTAWAY_WIRE(CancelMessage, M(id))
CUTAWAY_WIRE(StartedMessage, M(id))
CUTAWAY_WIRE(ProgressMessage, M(id), M(generation), M(progress))
CUTAWAY_WIRE(PartialMessage, M(id), M(generation), M(answer))
CUTAWAY_WIRE(ResultMessage, M(id), M(generation), M(answer))
CUTAWAY_WIRE(ErrorMessage, M(id), M(generation), M(error))

#undef M
#undef CUTAWAY_WIRE

} // namespace cutaway::engine::wire
