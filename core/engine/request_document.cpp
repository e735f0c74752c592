// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/request_document.h"

#include "core/types/analysis_json.h"
#include "core/types/sweep_json.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace cutaway::engine {

namespace {

using nlohmann::json;

tl::unexpected<Error> refuse(const std::string& message) {
    return fail(ErrorCode::Usage, "read request", message);
}

std::string shown(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80);
}

/// Takes keys out of a document, each of its type; the first that is not is the error.
class Keys {
public:
    explicit Keys(json& document) : m_document(document) {}

    std::optional<std::string> text(const char* key) {
        const std::optional<json> value = take(key);
        if (!value) return std::nullopt;
        if (value->is_string()) return value->get<std::string>();
        return wrong<std::string>(key, *value, "a text");
    }
    std::optional<std::int64_t> whole(const char* key, std::int64_t least, std::int64_t most) {
        const std::optional<json> value = take(key);
        if (!value) return std::nullopt;
        if (value->is_number_integer() && *value >= least && *value <= most)
            return value->get<std::int64_t>();
        return wrong<std::int64_t>(key, *value, "a whole number from " + std::to_string(least));
    }
    std::optional<double> number(const char* key) {
        const std::optional<json> value = take(key);
        if (!value) return std::nullopt;
        if (value->is_number()) return value->get<double>();
        return wrong<double>(key, *value, "a number");
    }
    std::optional<bool> flag(const char* key) {
        const std::optional<json> value = take(key);
        if (!value) return std::nullopt;
        if (value->is_boolean()) return value->get<bool>();
        return wrong<bool>(key, *value, "true or false");
    }
    std::optional<json> take(const char* key) {
        const auto at = m_document.find(key);
        if (at == m_document.end()) return std::nullopt;
        json value = std::move(*at);
        m_document.erase(at);
        return value;
    }
    const std::optional<Error>& problem() const { return m_problem; }

private:
    template <class T>
    std::optional<T> wrong(const char* key, const json& value, const std::string& expected) {
        if (!m_problem)
            m_problem =
                refuse(std::string("'") + key + "' is " + shown(value) + ", expected " + expected).value();
        return std::nullopt;
    }

    json& m_document;
    std::optional<Error> m_problem;
};

Result<DocumentAsk> readGenerate(Keys& keys, RunRequest run) {
    GenerateRequest request;
    request.run = std::move(run);
    request.maxTokens = static_cast<int>(
        keys.whole("max_tokens", 0, std::numeric_limits<int>::max()).value_or(request.maxTokens));
    request.temperature = keys.number("temperature");
    request.seed = static_cast<std::uint64_t>(
        keys.whole("seed", 0, std::numeric_limits<std::int64_t>::max()).value_or(0));
    request.ignoreEos = keys.flag("ignore_eos").value_or(false);
    if (request.temperature && !(std::isfinite(*request.temperature) && *request.temperature > 0.0))
        return refuse("'temperature' is a number above 0; leave it out for greedy decoding");
    return DocumentAsk{std::move(request), false, {}};
}

Result<DocumentAsk> readSweep(Keys& keys, RunRequest run) {
    SweepRequest request;
    const std::string over = keys.text("over").value_or("");
    const std::string kind = keys.text("kind").value_or("zero");
    const std::string metric = keys.text("metric").value_or("logit_diff");
    const std::optional<SweepOver> knownOver = sweepOverFrom(over);
    if (!knownOver)
        return refuse("'over' is '" + over.substr(0, 80) + "', expected heads, mlp, blocks, resid, …");
    const std::optional<SweepMetric> knownMetric = sweepMetricFrom(metric);
    if (!knownMetric)
        return refuse("'metric' is '" + metric.substr(0, 80) +
                      "', expected logit_diff, logit, prob, kl or loss");
    constexpr std::array kinds{CutKind::Zero, CutKind::Mean, CutKind::Resample, CutKind::Patch};
    for (const CutKind known : kinds)
        if (cutKindName(known) == kind) {
            request.position = run.position;
            request.run = std::move(run);
            request.over = *knownOver;
            request.kind = known;
            request.metric = *knownMetric;
            return DocumentAsk{std::move(request), false, {}};
        }
    return refuse("'kind' is '" + kind.substr(0, 80) + "', expected zero, mean, resample or patch");
}

Result<DocumentAsk> readRun(Keys& keys, RunRequest run) {
    DocumentAsk out;
    out.save = keys.text("save");
    if (!run.hooks.empty() && !out.save)
        return refuse("'hooks' without 'save': name the file the arrays go to");
    if (out.save && run.hooks.empty()) return refuse("'save' without 'hooks': name the arrays to save");
    out.ask = std::move(run);
    return out;
}

/// The keys of the command itself are taken out of `document` before the rest is read as a run.
Result<DocumentAsk> readCommand(const std::string& command, json& document) {
    static const std::map<std::string, std::vector<const char*>> own{
        {"run", {"save"}},
        {"generate", {"max_tokens", "temperature", "seed", "ignore_eos"}},
        {"sweep", {"over", "kind", "metric"}},
        {"lens", {}},
        {"attribution", {}},
        {"waterfall", {}},
        {"tokenize", {}}};
    const auto known = own.find(command);
    if (known == own.end())
        return refuse("there is no command '" + command.substr(0, 80) +
                      "', there are run, generate, tokenize, info, sweep, lens, attribution, waterfall");
    json mine = json::object();
    for (const char* key : known->second)
        if (const auto at = document.find(key); at != document.end()) {
            mine[key] = std::move(*at);
            document.erase(at);
        }
    Result<RunRequest> run = runRequestFromJson(document);
    if (!run) return fail(std::move(run.error()));
    Keys keys(mine);
    Result<DocumentAsk> asked = [&]() -> Result<DocumentAsk> {
        if (command == "run") return readRun(keys, std::move(*run));
        if (command == "generate") return readGenerate(keys, std::move(*run));
        if (command == "sweep") return readSweep(keys, std::move(*run));
        const int position = run->position;
        if (command == "attribution")
            return DocumentAsk{AttributionRequest{std::move(*run), position}, false, {}};
        if (command == "waterfall")
            return DocumentAsk{WaterfallRequest{std::move(*run), position}, false, {}};
        if (command == "lens") return DocumentAsk{LensRequest{std::move(*run)}, false, {}};
        return DocumentAsk{TokenizeRequest{run->input}, false, {}};
    }();
    if (keys.problem()) return fail(*keys.problem());
    return asked;
}

} // namespace

Result<DocumentAsk> askFromJson(const json& document) {
    if (!document.is_object())
        return refuse("a request is a JSON object, this is " + std::string(document.type_name()));
    json rest = document;
    Keys keys(rest);
    const std::string command = keys.text("command").value_or("run");
    if (keys.problem()) return fail(*keys.problem());
    if (command == "info") {
        if (!rest.empty()) return refuse("'" + rest.begin().key().substr(0, 80) + "' has no place in 'info'");
        return DocumentAsk{TokenizeRequest{}, true, {}};
    }
    if (command == "tokenize" && rest.contains("decode")) {
        const json ids = *keys.take("decode");
        if (!rest.empty())
            return refuse("'decode' stands alone, without '" + rest.begin().key().substr(0, 80) + "'");
        Result<RunRequest> run = runRequestFromJson({{"tokens", ids}});
        if (!run) return fail(std::move(run.error()));
        return DocumentAsk{DecodeRequest{std::get<std::vector<TokenId>>(run->input.value)}, false, {}};
    }
    return readCommand(command, rest);
}

Json toJson(const Answer& answer) {
    return std::visit(
        [](const auto& held) -> Json {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, std::string>)
                return {{"text", held}};
            else if constexpr (requires { cutaway::toJson(held); })
                return cutaway::toJson(held);
            else
                return Json::object();
        },
        answer);
}

} // namespace cutaway::engine
