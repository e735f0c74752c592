// SPDX-License-Identifier: GPL-3.0-or-later
// `selftest`: this build on this device against what the reference implementations said, a line a check.
#include "app/cli/answers.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"
#include "core/engine/trust.h"
#include "core/model/open_model.h"
#include "core/types/cut_text.h"
#include "core/types/json_front.h"
#include "core/weights/safetensors.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace cutaway::app {

namespace {

namespace fs = std::filesystem;
using engine::Engine;
using engine::ExecutionMode;

/// Where the small models with their expected arrays lie: installed, or in the source tree.
std::optional<fs::path> referenceFolder() {
    const std::optional<fs::path> resources = model::resourcesPath();
    if (!resources) return std::nullopt;
    std::error_code ignored;
    for (const fs::path& candidate : {*resources / "selftest", *resources / "../tests/golden/fixtures"})
        if (fs::is_directory(candidate, ignored)) return fs::weakly_canonical(candidate, ignored);
    return std::nullopt;
}

std::unique_ptr<Engine> makeEngine(ExecutionMode mode) {
    return engine::makeTorchEngine(mode, engine::openTokenizerVocabulary);
}

/// |a − b| over max(1, largest finite |b|); infinite where shapes or infinities differ.
double differenceOf(const HostTensor& a, const HostTensor& b) {
    if (a.values.size() != b.values.size()) return INFINITY;
    double largest = 1.0, difference = 0.0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const double x = a.values[i], y = b.values[i];
        if (std::isinf(y) && x == y) continue;
        if (!std::isfinite(x) || !std::isfinite(y)) return INFINITY;
        largest = std::max(largest, std::abs(y));
        difference = std::max(difference, std::abs(x - y));
    }
    return difference / largest;
}

class SelfTest {
public:
    SelfTest(const Options& o, const CancelToken& cancel) : m_options(o), m_cancel(cancel) {}

    int run() {
        const auto start = std::chrono::steady_clock::now();
        const std::optional<fs::path> folder = referenceFolder();
        if (!folder)
            return printError({ErrorCode::FileNotFound,
                               "selftest",
                               "the references were not found beside the program; set CUTAWAY_RESOURCES",
                               {}});
        std::vector<fs::path> models;
        for (const auto& item : fs::directory_iterator(*folder))
            if (fs::exists(item.path() / "cases.json")) models.push_back(item.path());
        std::sort(models.begin(), models.end());
        for (const fs::path& path : models) {
            if (m_cancel.cancelled()) return exitStatus(ErrorCode::Cancelled);
            checkModel(path);
        }
        checkDemo();
        Json summary;
        summary["checks"] = m_checks;
        summary["failed"] = m_failed;
        summary["device"] = m_options.device;
        summary["dtype"] = m_options.dtype;
        summary["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        printReply(summary);
        return m_failed == 0 && m_checks > 0 ? 0 : 1;
    }

private:
    void report(const std::string& check, double difference, double bound) {
        const bool ok = difference <= bound;
        Json line;
        line["check"] = check;
        line["difference"] = std::isfinite(difference) ? Json(difference) : Json(nullptr);
        line["bound"] = bound;
        line["ok"] = ok;
        printReply(line);
        ++m_checks;
        m_failed += !ok;
    }
    void report(const std::string& check, const Error& error) {
        Json line;
        line["check"] = check;
        line["ok"] = false;
        line["error"] = error.message;
        printReply(line);
        ++m_checks;
        ++m_failed;
    }
    double bound() const { return m_options.dtype == "f32" ? 1e-4 : 5e-2; }

    std::unique_ptr<Engine> opened(const fs::path& path, ExecutionMode mode, const std::string& check) {
        std::unique_ptr<Engine> engine = makeEngine(mode);
        engine::OpenRequest request;
        request.model = path;
        request.device = m_options.device;
        request.dtype = m_options.dtype;
        request.threads = m_options.threads;
        request.hash = false;
        if (const auto info = engine->open(request, {}, m_cancel); !info) {
            report(check, info.error());
            return nullptr;
        }
        return engine;
    }

    /// Every run of its cases: all arrays that the references gave, then the quick way against the full one.
    void checkModel(const fs::path& path) {
        const std::string name = path.filename().string();
        const auto cases = readJsonFile(path / "cases.json", {}, "selftest");
        const auto expected = weights::TensorTable::openFile(path / "expected.safetensors");
        if (!cases) return report(name, cases.error());
        if (!expected) return report(name, expected.error());
        const auto quick = opened(path, ExecutionMode::Shortcuts, name);
        const auto full = quick ? opened(path, ExecutionMode::Full, name) : nullptr;
        if (!full) return;
        double difference = 0.0, apart = 0.0;
        int runs = 0, arrays = 0;
        for (const auto& item : *cases) {
            const Result<RunRequest> request = requestOf(item, *expected);
            if (!request) return report(name, request.error());
            const auto a = quick->run(*request, {}, m_cancel), b = full->run(*request, {}, m_cancel);
            if (!a) return report(name, a.error());
            if (!b) return report(name, b.error());
            ++runs;
            for (const auto& [hook, array] : a->main.arrays) {
                const auto* wanted = expected->find(item.at("name").get<std::string>() + "/" + hook);
                if (!wanted) continue;
                ++arrays;
                difference = std::max(difference, differenceOf(array, weights::TensorTable::toHost(*wanted)));
                apart = std::max(apart, differenceOf(array, b->main.arrays.at(hook)));
            }
        }
        report(name + ": " + std::to_string(arrays) + " arrays of " + std::to_string(runs) +
                   " runs, with and without cuts, as transformers and TransformerLens have them",
               arrays > 0 ? difference : INFINITY, bound());
        report(name + ": the same runs resumed as run in full", apart, bound());
    }

    static Result<RunRequest> requestOf(const nlohmann::json& item, const weights::TensorTable& expected) {
        RunRequest request;
        request.input.value = item.at("tokens").get<std::vector<TokenId>>();
        if (item.contains("donor")) request.donors["B"].value = item.at("donor").get<std::vector<TokenId>>();
        for (const auto& text : item.at("cuts")) {
            Result<Cut> cut = parseCut(text.get<std::string>());
            if (!cut) return fail(cut.error());
            request.cuts.push_back(std::move(*cut));
        }
        const std::string prefix = item.at("name").get<std::string>() + "/";
        for (const auto& [name, entry] : expected.tensors())
            if (name.starts_with(prefix)) request.hooks.push_back(name.substr(prefix.size()));
        request.top = 0;
        request.loss = false;
        return request;
    }

    void checkDemo() {
        const Result<fs::path> demo = model::resolveModelPath("demo");
        if (!demo) return report("demo", demo.error());
        const auto engine = opened(*demo, ExecutionMode::Shortcuts, "demo");
        if (!engine) return;
        const Result<engine::TrustResult> trust = engine::checkTrust(*engine, m_cancel);
        if (!trust) return report("demo", trust.error());
        report("demo: " + trust->compared,
               trust->state == engine::TrustState::MatchesReference ? trust->difference : INFINITY,
               trust->bound);
        checkTokenizer(*engine, *demo);
        checkSeed(*engine);
    }

    /// The ids that the reference tokenizer gave to its prompt, and back.
    void checkTokenizer(const Engine& engine, const fs::path& demo) {
        const std::string check = "demo: the prompt of the reference reads and writes as its tokens";
        const auto table = weights::TensorTable::openFile(demo / "reference_logits.safetensors");
        if (!table) return report(check, table.error());
        const weights::TensorEntry* tokens = table->find("tokens");
        if (!tokens || tokens->dtype != weights::Dtype::I64) return report(check, INFINITY, 0.0);
        const std::vector<std::int64_t> ids = weights::TensorTable::toIds(*tokens);
        if (ids.empty()) return report(check, INFINITY, 0.0);
        const auto text = engine.decode({ids.begin() + 1, ids.end()}); // the first stands for the beginning
        if (!text) return report(check, text.error());
        const auto pieces = engine.tokenize({*text, BosMode::PostProcessor});
        if (!pieces) return report(check, pieces.error());
        bool same = pieces->size() == ids.size();
        for (std::size_t i = 0; same && i < pieces->size(); ++i)
            same = (*pieces)[i].id == ids[i];
        report(check, same ? 0.0 : INFINITY, 0.0);
    }

    void checkSeed(Engine& engine) {
        const std::string check = "demo: a seed samples the same text twice";
        GenerateRequest request;
        request.run.input.value = std::string("When Mary and John");
        request.maxTokens = 12;
        request.temperature = 0.8;
        request.seed = 5;
        const auto a = engine.generate(request, {}, m_cancel), b = engine.generate(request, {}, m_cancel);
        if (!a) return report(check, a.error());
        if (!b) return report(check, b.error());
        report(check, a->tokens == b->tokens ? 0.0 : INFINITY, 0.0);
    }

    const Options& m_options;
    const CancelToken& m_cancel;
    int m_checks = 0, m_failed = 0;
};

} // namespace

int runSelfTest(const Options& o, const CancelToken& cancel) {
    return SelfTest(o, cancel).run();
}

} // namespace cutaway::app
