// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/trust.h"

#include "core/engine/engine.h"
#include "core/types/cut_text.h"
#include "core/weights/safetensors.h"

#include <algorithm>
#include <cmath>

namespace cutaway::engine {

namespace {

constexpr const char* fileName = "reference_logits.safetensors";
constexpr int ownTokens = 8; ///< of the check without a reference

/// Float32 sums in another order; products in bf16 and f16 have 8 and 11 bits.
double boundOf(const std::string& dtype) {
    return dtype == "bf16" ? 5e-2 : dtype == "f16" ? 1e-2 : 1e-4;
}

double differenceOf(const std::vector<float>& ours, const std::vector<float>& theirs) {
    double largest = 1.0, difference = 0.0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        const double apart = std::abs(double(ours[i]) - double(theirs[i]));
        if (!std::isfinite(apart)) return INFINITY;
        largest = std::max(largest, std::abs(double(theirs[i])));
        difference = std::max(difference, apart);
    }
    return difference / largest;
}

/// A few ids from all over the vocabulary.
std::vector<TokenId> ownSequence(const ModelInfo& info) {
    std::vector<TokenId> tokens;
    tokens.reserve(ownTokens);
    for (int i = 0; i < std::min(ownTokens, info.traits.context); ++i)
        tokens.push_back(static_cast<TokenId>((7919LL * i + 13) % std::max(1, info.traits.dVocab)));
    return tokens;
}

Result<HostTensor> logitsOf(Engine& engine, RunRequest request, const CancelToken& cancel) {
    request.hooks = {"logits"};
    request.top = 0;
    request.loss = false;
    Result<RunResult> result = engine.run(request, {}, cancel);
    if (!result) return fail(std::move(result.error()));
    const auto found = result->main.arrays.find("logits");
    return found == result->main.arrays.end() ? HostTensor() : std::move(found->second);
}

Result<TrustResult> compareWithFile(Engine& engine, const std::filesystem::path& file, const ModelInfo& info,
                                    const CancelToken& cancel) {
    TrustResult trust;
    trust.bound = boundOf(info.dtype);
    const auto table = weights::TensorTable::openFile(file);
    if (!table) {
        trust.compared = table.error().message;
        return trust;
    }
    const weights::TensorEntry* tokens = table->find("tokens");
    const weights::TensorEntry* logits = table->find("logits");
    const bool shaped = tokens && logits && tokens->shape.size() == 1 && logits->shape.size() == 2 &&
                        tokens->shape[0] == logits->shape[0] && logits->shape[1] == info.traits.dVocabOut &&
                        tokens->shape[0] > 0 && tokens->dtype == weights::Dtype::I64;
    if (!shaped) {
        trust.compared = std::string(fileName) +
                         " is not about this model: expected 'tokens' [T] and 'logits' [T, " +
                         std::to_string(info.traits.dVocabOut) + "]";
        return trust;
    }
    const std::vector<std::int64_t> ids = weights::TensorTable::toIds(*tokens);
    const HostTensor theirs = weights::TensorTable::toHost(*logits);
    RunRequest request;
    request.input.value = std::vector<TokenId>(ids.begin(), ids.end());
    const Result<HostTensor> ours = logitsOf(engine, request, cancel);
    if (!ours) return fail(ours.error());
    trust.compared = "logits of " + std::to_string(ids.size()) + " tokens with " + fileName;
    if (const auto made = table->metadata().find("made_with"); made != table->metadata().end())
        trust.compared += " (" + made->second + ")";
    if (ours->values.size() != theirs.values.size()) return trust;
    trust.difference = differenceOf(ours->values, theirs.values);
    trust.state = trust.difference <= trust.bound ? TrustState::MatchesReference : TrustState::Differs;
    return trust;
}

Result<TrustResult> compareWithItself(Engine& engine, const ModelInfo& info, const CancelToken& cancel) {
    TrustResult trust;
    trust.bound = boundOf(info.dtype);
    RunRequest request;
    request.input.value = ownSequence(info);
    const Result<Cut> last = parseCut("zero:L" + std::to_string(info.traits.nLayers - 1) + "H0");
    const Result<Cut> nothing = parseCut("scale(1):blocks.0.hook_resid_pre");
    if (!last || !nothing) return trust;
    request.cuts = {*last};
    const Result<HostTensor> quick = logitsOf(engine, request, cancel);
    if (!quick) return fail(quick.error());
    request.cuts = {*nothing, *last};
    const Result<HostTensor> whole = logitsOf(engine, request, cancel);
    if (!whole) return fail(whole.error());
    trust.compared =
        "a run resumed at the last layer with one from the embedding on; no reference lies beside the model";
    if (quick->values.empty() || quick->values.size() != whole->values.size()) return trust;
    trust.difference = differenceOf(quick->values, whole->values);
    trust.state = trust.difference <= trust.bound ? TrustState::SelfConsistentOnly : TrustState::Differs;
    return trust;
}

Result<TrustResult> compare(Engine& engine, const CancelToken& cancel) {
    const Result<ModelInfo> info = engine.info();
    if (!info) return fail(info.error());
    std::error_code ignored;
    const std::filesystem::path path = info->path;
    // Of a model in one file it bears that file's name: model.gguf, model.reference_logits.safetensors.
    const std::filesystem::path file = std::filesystem::is_directory(path, ignored)
                                           ? path / fileName
                                           : path.parent_path() / (path.stem().string() + "." + fileName);
    return std::filesystem::exists(file, ignored) ? compareWithFile(engine, file, *info, cancel)
                                                  : compareWithItself(engine, *info, cancel);
}

/// Special tokens that the tokenizer puts around a text.
std::string addedTo(const std::vector<TokenPiece>& pieces) {
    std::size_t first = 0, last = pieces.size();
    while (first < last && pieces[first].special)
        ++first;
    while (last > first && pieces[last - 1].special)
        --last;
    const auto texts = [&](std::size_t from, std::size_t to) {
        std::string joined;
        for (std::size_t i = from; i < to; ++i)
            joined.append(i > from ? " " : "").append(pieces[i].text);
        return joined;
    };
    const std::string before = texts(0, first), behind = texts(last, pieces.size());
    if (before.empty() && behind.empty()) return "nothing";
    return before + (before.empty() ? "" : " before") + (before.empty() || behind.empty() ? "" : ", ") +
           behind + (behind.empty() ? "" : " behind");
}

void lookAtTokenizer(Engine& engine, TrustResult& trust) {
    TokenInput input;
    input.value = roundTripText();
    const Result<std::vector<TokenPiece>> pieces = engine.tokenize(input);
    if (!pieces) {
        trust.roundTrip = pieces.error().message;
        return;
    }
    trust.bosRule = addedTo(*pieces);
    std::vector<TokenId> ids;
    for (const TokenPiece& piece : *pieces)
        if (!piece.special) ids.push_back(piece.id);
    const Result<std::string> back = engine.decode(ids);
    trust.roundTrip = back ? *back : back.error().message;
    trust.roundTrips = back && *back == roundTripText();
}

double medianNorm(const HostTensor& stream) {
    const auto width = static_cast<std::size_t>(stream.shape.back());
    std::vector<double> norms;
    // The first position may be a sink with a norm of its own kind.
    for (std::size_t row = stream.shape[0] > 1 ? 1 : 0; row < static_cast<std::size_t>(stream.shape[0]);
         ++row) {
        double sum = 0.0;
        for (std::size_t i = 0; i < width; ++i)
            sum += double(stream.values[row * width + i]) * double(stream.values[row * width + i]);
        norms.push_back(std::sqrt(sum));
    }
    std::nth_element(norms.begin(), norms.begin() + static_cast<std::ptrdiff_t>(norms.size() / 2),
                     norms.end());
    return norms[norms.size() / 2];
}

Status lookAtStream(Engine& engine, const ModelInfo& info, TrustResult& trust, const CancelToken& cancel) {
    RunRequest request;
    request.input.value = ownSequence(info);
    for (int layer = 0; layer < info.traits.nLayers; ++layer)
        request.hooks.push_back("blocks." + std::to_string(layer) + ".hook_resid_pre");
    request.hooks.push_back("blocks." + std::to_string(info.traits.nLayers - 1) + ".hook_resid_post");
    request.top = 0;
    request.loss = false;
    const Result<RunResult> result = engine.run(request, {}, cancel);
    if (!result) return fail(result.error());
    trust.normsSane = true;
    for (const std::string& hook : request.hooks) {
        const auto stream = result->main.arrays.find(hook);
        if (stream == result->main.arrays.end() || stream->second.values.empty() ||
            stream->second.shape.size() != 2) {
            trust.residualNorms.clear();
            return {};
        }
        const double norm = medianNorm(stream->second);
        const double before = trust.residualNorms.empty() ? norm : trust.residualNorms.back();
        trust.normsSane =
            trust.normsSane && std::isfinite(norm) && norm > 1e-6 && norm < 1e6 && norm < 1e3 * before;
        trust.residualNorms.push_back(norm);
    }
    return {};
}

} // namespace

const std::string& roundTripText() {
    static const std::string text = "The quick brown fox isn't 3.5 + 4 = 7.5;\n  Gr\xC3\xB6\xC3\x9F"
                                    "e, na\xC3\xAFve, "
                                    "\xD0\xBC\xD0\xB8\xD1\x80, \xE6\x9D\xB1\xE4\xBA\xAC, \xF0\x9F\x99\x82";
    return text;
}

Result<TrustResult> checkTrust(Engine& engine, const CancelToken& cancel) {
    Result<TrustResult> trust = compare(engine, cancel);
    if (!trust) return trust;
    const Result<ModelInfo> info = engine.info();
    if (!info) return fail(info.error());
    if (!info->tokenizer.empty()) lookAtTokenizer(engine, *trust);
    if (const Status s = lookAtStream(engine, *info, *trust, cancel); !s) return fail(s.error());
    return trust;
}

} // namespace cutaway::engine
