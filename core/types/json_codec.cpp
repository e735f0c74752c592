// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/json_codec.h"

#include "core/types/cut_text.h"
#include "core/types/number_writer.h"

#include <array>
#include <limits>

namespace cutaway {

namespace {

const std::string operation = "read request";

tl::unexpected<Error> refuse(const std::string& message) {
    return fail(ErrorCode::Usage, operation, message);
}

Json inputJson(const TokenInput& input) {
    if (const auto* text = std::get_if<std::string>(&input.value)) return *text;
    return std::get<std::vector<TokenId>>(input.value);
}

Json choicesJson(const TokenSet& set) {
    Json list = Json::array();
    for (const TokenChoice& choice : set)
        std::visit([&](const auto& value) { list.push_back(value); }, choice);
    return list;
}

Result<TokenId> tokenIdFrom(const nlohmann::json& value, const std::string& where) {
    if (!value.is_number_integer() || value > std::numeric_limits<TokenId>::max() || value < 0)
        return refuse("'" + where + "' holds " + value.dump() +
                      ", expected a token id, a whole number from 0");
    return value.get<TokenId>();
}

Result<std::vector<TokenId>> tokenIdsFrom(const nlohmann::json& value, const std::string& where) {
    if (!value.is_array()) return refuse("'" + where + "' is no list of token ids");
    std::vector<TokenId> ids;
    for (const auto& item : value) {
        const Result<TokenId> id = tokenIdFrom(item, where);
        if (!id) return fail(id.error());
        ids.push_back(*id);
    }
    return ids;
}

Result<TokenInput> inputFrom(const nlohmann::json& value, const std::string& where) {
    if (value.is_string()) return TokenInput{value.get<std::string>(), BosMode::PostProcessor};
    Result<std::vector<TokenId>> ids = tokenIdsFrom(value, where);
    if (!ids) return refuse("'" + where + "' is neither a text nor a list of token ids");
    return TokenInput{std::move(*ids), BosMode::PostProcessor};
}

Result<TokenSet> choicesFrom(const nlohmann::json& value, const std::string& where) {
    TokenSet set;
    const auto one = [&](const nlohmann::json& item) -> Status {
        if (item.is_string()) {
            set.emplace_back(item.get<std::string>());
            return {};
        }
        const Result<TokenId> id = tokenIdFrom(item, where);
        if (!id) return fail(id.error());
        set.emplace_back(*id);
        return {};
    };
    if (!value.is_array()) {
        if (const Status s = one(value); !s) return fail(s.error());
        return set;
    }
    for (const auto& item : value)
        if (const Status s = one(item); !s) return fail(s.error());
    return set;
}

Result<std::vector<std::string>> textsFrom(const nlohmann::json& value, const std::string& where) {
    std::vector<std::string> texts;
    if (value.is_string())
        texts.push_back(value.get<std::string>());
    else if (value.is_array())
        for (const auto& item : value) {
            if (!item.is_string())
                return refuse("'" + where + "' holds " + item.dump() + ", expected a text");
            texts.push_back(item.get<std::string>());
        }
    else
        return refuse("'" + where + "' is neither a text nor a list of texts");
    return texts;
}

Json sideJson(const RunSide& side, const std::string& prefix, NumberWriter& numbers,
              const std::vector<double>* kl, Json head) {
    Json positions = Json::array();
    for (const PositionPredictions& at : side.positions) {
        Json top = Json::array();
        for (const Prediction& p : at.top) {
            const std::string name =
                prefix + "positions[" + std::to_string(at.position) + "] of token " + std::to_string(p.id);
            Json entry;
            entry["id"] = p.id;
            entry["text"] = p.text ? Json(*p.text) : Json(nullptr);
            entry["logit"] = numbers.write(p.logit, "logit at " + name);
            entry["prob"] = numbers.write(p.prob, "prob at " + name);
            top.push_back(std::move(entry));
        }
        Json entry;
        entry["position"] = at.position;
        entry["top"] = std::move(top);
        positions.push_back(std::move(entry));
    }
    head["positions"] = std::move(positions);
    head["loss"] = numbers.write(side.loss, prefix + "loss");
    if (side.logitDiff) head["logit_diff"] = numbers.write(*side.logitDiff, prefix + "logit_diff");
    if (kl) {
        Json list = Json::array();
        for (const double value : *kl)
            list.push_back(numbers.write(value, "kl"));
        head["kl"] = std::move(list);
    }
    return head;
}

const char* normName(NormKind kind) {
    switch (kind) {
    case NormKind::None:
        return "none";
    case NormKind::LayerNorm:
        return "layer_norm";
    case NormKind::RmsNorm:
        return "rms_norm";
    case NormKind::RmsNormUnit:
        return "rms_norm_unit_offset";
    }
    return "none";
}

const char* positionName(PositionKind kind) {
    switch (kind) {
    case PositionKind::None:
        return "none";
    case PositionKind::Learned:
        return "learned";
    case PositionKind::Rotary:
        return "rotary";
    case PositionKind::Shortformer:
        return "shortformer";
    case PositionKind::Alibi:
        return "alibi";
    }
    return "none";
}

std::string hexOf(const std::string& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

} // namespace

Json toJson(const RunRequest& request) {
    Json document;
    const bool text = std::holds_alternative<std::string>(request.input.value);
    document[text ? "prompt" : "tokens"] = inputJson(request.input);
    if (request.input.bos != BosMode::PostProcessor) document["bos"] = request.input.bos == BosMode::Force;
    if (!request.donors.empty()) {
        Json donors;
        for (const auto& [name, input] : request.donors)
            donors[name] = inputJson(input);
        document["donor"] = std::move(donors);
    }
    if (!request.cuts.empty()) {
        Json cuts = Json::array();
        for (const Cut& cut : request.cuts)
            cuts.push_back(printCut(cut));
        document["cuts"] = std::move(cuts);
    }
    if (!request.answer.empty()) document["answer"] = choicesJson(request.answer);
    if (!request.wrong.empty()) document["wrong"] = choicesJson(request.wrong);
    if (request.allPositions)
        document["positions"] = "all";
    else if (request.position != -1)
        document["position"] = request.position;
    if (request.top != 10) document["top"] = request.top;
    if (!request.hooks.empty()) document["hooks"] = request.hooks;
    if (request.generation != 0) document["generation"] = request.generation;
    return document;
}

Result<RunRequest> runRequestFromJson(const nlohmann::json& document) {
    if (!document.is_object())
        return refuse("a request is a JSON object, this is " + std::string(document.type_name()));
    RunRequest request;
    if (document.contains("prompt") == document.contains("tokens"))
        return refuse("a request has either 'prompt' or 'tokens'");
    std::optional<BosMode> bos;
    for (const auto& [key, value] : document.items()) {
        if (key == "prompt") {
            if (!value.is_string())
                return refuse("'prompt' is " + std::string(value.type_name()) + ", expected a text");
            request.input.value = value.get<std::string>();
        } else if (key == "tokens") {
            Result<std::vector<TokenId>> ids = tokenIdsFrom(value, key);
            if (!ids) return fail(ids.error());
            request.input.value = std::move(*ids);
        } else if (key == "bos") {
            if (!value.is_boolean())
                return refuse("'bos' is " + std::string(value.type_name()) + ", expected true or false");
            bos = value.get<bool>() ? BosMode::Force : BosMode::None;
        } else if (key == "donor") {
            const auto add = [&](const std::string& name, const nlohmann::json& item) -> Status {
                Result<TokenInput> input = inputFrom(item, "donor");
                if (!input) return fail(input.error());
                request.donors[name] = std::move(*input);
                return {};
            };
            if (value.is_object()) {
                for (const auto& [name, item] : value.items())
                    if (const Status s = add(name, item); !s) return fail(s.error());
            } else if (const Status s = add("B", value); !s)
                return fail(s.error());
        } else if (key == "cuts") {
            const Result<std::vector<std::string>> texts = textsFrom(value, key);
            if (!texts) return fail(texts.error());
            for (const std::string& text : *texts) {
                Result<Cut> cut = parseCut(text);
                if (!cut) return fail(cut.error());
                request.cuts.push_back(std::move(*cut));
            }
        } else if (key == "answer" || key == "wrong") {
            Result<TokenSet> set = choicesFrom(value, key);
            if (!set) return fail(set.error());
            (key == "answer" ? request.answer : request.wrong) = std::move(*set);
        } else if (key == "positions") {
            if (value != "all" && value != "last")
                return refuse("'positions' is " + value.dump() + ", expected \"last\" or \"all\"");
            request.allPositions = value == "all";
        } else if (key == "position") {
            if (!value.is_number_integer() || value > std::numeric_limits<int>::max() ||
                value < std::numeric_limits<int>::min())
                return refuse("'position' is " + value.dump() + ", expected a whole number, -1 for the last");
            request.position = value.get<int>();
        } else if (key == "top") {
            if (!value.is_number_integer() || value < 0 || value > 1000000)
                return refuse("'top' is " + value.dump() + ", expected a number from 0 to 1000000");
            request.top = value.get<int>();
        } else if (key == "hooks") {
            Result<std::vector<std::string>> names = textsFrom(value, key);
            if (!names) return fail(names.error());
            request.hooks = std::move(*names);
        } else if (key == "generation") {
            if (!value.is_number_unsigned())
                return refuse("'generation' is " + value.dump() + ", expected a whole number");
            request.generation = value.get<std::uint64_t>();
        } else {
            return refuse("no key is called '" + key +
                          "'; there are prompt, tokens, bos, donor, cuts, answer, wrong, "
                          "positions, position, top, hooks, generation");
        }
    }
    if (request.allPositions && document.contains("position"))
        return refuse("'position' and 'positions': \"all\" exclude each other");
    if (bos) {
        request.input.bos = *bos;
        for (auto& [name, input] : request.donors)
            input.bos = *bos;
    }
    return request;
}

Json toJson(const RunResult& result) {
    NumberWriter numbers;
    Json head;
    head["tokens"] = result.tokens;
    head["cuts"] = result.cuts;
    Json reply = sideJson(result.main, "", numbers, result.uncut ? &result.kl : nullptr, std::move(head));
    if (result.uncut) reply["uncut"] = sideJson(*result.uncut, "uncut ", numbers, nullptr, Json::object());
    reply["computed"] = result.computed;
    reply["device"] = result.device;
    reply["dtype"] = result.dtype;
    if (!result.reference.empty()) reply["reference"] = result.reference;
    reply["ms"] = result.milliseconds;
    std::vector<std::string> warnings = result.warnings;
    warnings.insert(warnings.end(), numbers.warnings().begin(), numbers.warnings().end());
    if (!warnings.empty()) reply["warnings"] = warnings;
    return reply;
}

Json toJson(const GenerateResult& result) {
    Json reply;
    reply["tokens"] = result.tokens;
    reply["text"] = result.text ? Json(*result.text) : Json(nullptr);
    if (!result.warnings.empty()) reply["warnings"] = result.warnings;
    return reply;
}

Json toJson(const ModelInfo& info) {
    const ModelTraits& t = info.traits;
    Json reply;
    reply["family"] = info.family;
    reply["n_layers"] = t.nLayers;
    reply["n_heads"] = t.nHeads;
    reply["n_kv_heads"] = t.nKvHeads;
    reply["d_model"] = t.dModel;
    reply["d_head"] = t.dHead;
    reply["d_mlp"] = t.dMlp;
    reply["vocab"] = t.dVocab;
    reply["context"] = t.context;
    reply["parameters"] = info.parameters;
    reply["norm"] = normName(t.norm);
    reply["positions"] = positionName(t.positions);
    reply["tokenizer"] = info.tokenizer.empty() ? Json(nullptr) : Json(info.tokenizer);
    reply["bytes"] = info.bytes;
    reply["hash"] = info.hash;
    reply["name"] = info.name;
    reply["activation"] = info.activation.empty() ? Json(nullptr) : Json(info.activation);
    reply["outputs"] = t.dVocabOut;
    reply["causal"] = t.causal;
    reply["tied_head"] = info.tiedHead;
    reply["stored_dtype"] = info.storedDtype;
    if (!info.quantization.empty()) reply["quantization"] = info.quantization;
    if (info.traits.nExperts > 0) {
        reply["n_experts"] = info.traits.nExperts;
        reply["n_experts_used"] = info.traits.nExpertsUsed;
    }
    reply["dtype"] = info.dtype;
    reply["device"] = info.device;
    reply["tensors_used"] = info.tensorsUsed;
    reply["tensors_unused"] = info.tensorsUnused;
    reply["reference"] = info.referenceSet.empty() ? Json(nullptr) : Json(info.referenceSet);
    if (!info.warnings.empty()) reply["warnings"] = info.warnings;
    return reply;
}

Json toJson(const std::vector<TokenPiece>& tokens) {
    Json list = Json::array();
    for (const TokenPiece& token : tokens) {
        Json entry;
        entry["id"] = token.id;
        entry["text"] = token.text;
        entry["bytes"] = hexOf(token.bytes);
        list.push_back(std::move(entry));
    }
    Json reply;
    reply["tokens"] = std::move(list);
    return reply;
}

Json toJson(const Error& error) {
    Json body;
    body["code"] = errorCodeName(error.code);
    body["message"] = error.message;
    body["context"] = Json::object();
    for (const auto& [key, value] : error.context)
        body["context"][key] = value;
    Json reply;
    reply["error"] = std::move(body);
    return reply;
}

} // namespace cutaway
