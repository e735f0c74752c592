// SPDX-License-Identifier: GPL-3.0-or-later
// Model folders, prompts and places that must be refused with a sentence, and strange ones that must work.
// tests/hostile.md says which test proves which line of the list.
#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"
#include "core/types/cut_text.h"
#include "core/weights/safetensors.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cutaway;

namespace fs = std::filesystem;

class TestHostileModels : public QObject {
    Q_OBJECT

private:
    static fs::path fixture(const char* name) {
        return fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures" / name;
    }
    /// A copy of a fixture to spoil.
    fs::path copyOf(const char* name) {
        const fs::path folder = fs::path(m_folder.path().toStdString()) / ("m" + std::to_string(++m_count));
        fs::copy(fixture(name), folder);
        return folder;
    }
    static void edit(const fs::path& folder, const std::function<void(nlohmann::json&)>& change) {
        nlohmann::json config;
        std::ifstream(folder / "config.json") >> config;
        change(config);
        std::ofstream(folder / "config.json") << config;
    }
    static Result<ModelInfo> open(const fs::path& folder) {
        engine::OpenRequest request;
        request.model = folder;
        request.threads = 1;
        return engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary)
            ->open(request, {}, {});
    }
    static std::string refusal(const fs::path& folder) {
        const Result<ModelInfo> info = open(folder);
        return info ? std::string() : info.error().message;
    }

    /// No file grows beyond so many bytes, as on a disk that is full.
    class FullDisk {
    public:
        explicit FullDisk(rlim_t bytes) {
            ::signal(SIGXFSZ, SIG_IGN);
            ::getrlimit(RLIMIT_FSIZE, &m_old);
            const rlimit little{bytes, m_old.rlim_max};
            ::setrlimit(RLIMIT_FSIZE, &little);
        }
        ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &m_old); }
        FullDisk(const FullDisk&) = delete;
        FullDisk& operator=(const FullDisk&) = delete;

    private:
        rlimit m_old{};
    };

    /// A run with a mean cut, in an engine of its own that keeps means in a file; `disk`: no file grows
    /// beyond so many bytes meanwhile.
    RunResult meanCut(const fs::path& kept, std::optional<rlim_t> disk = {}) {
        const fs::path prompts = fs::path(m_folder.path().toStdString()) / "prompts.jsonl";
        std::ofstream(prompts) << "{\"tokens\":[1,2,3,4]}\n{\"tokens\":[7,8,2]}\n{\"tokens\":[5,6,7,8,1]}\n";
        engine::OpenRequest request;
        request.model = fixture("gpt2_plain");
        request.reference = prompts;
        request.means = kept;
        request.threads = 1;
        RunRequest run;
        run.input.value = std::vector<TokenId>{3, 1, 4, 1, 5};
        run.cuts = {*parseCut("mean:L0H1")};
        const auto engine = engine::makeTorchEngine();
        std::optional<FullDisk> full;
        if (disk) full.emplace(*disk);
        Result<ModelInfo> info = engine->open(request, {}, {});
        if (!info) throw std::runtime_error(info.error().text());
        Result<RunResult> result = engine->run(run, {}, {});
        if (!result) throw std::runtime_error(result.error().text());
        return std::move(*result);
    }

    QTemporaryDir m_folder;
    int m_count = 0;

private Q_SLOTS:
    void configsThatContradict_data() {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("changes");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const char* model, const char* changes, const char* says) {
            QTest::newRow(name) << QByteArray(model) << QByteArray(changes).replace('\'', '"')
                                << QString(says);
        };
        row("heads do not divide", "gpt2_plain", "{'n_head':5}", "5");
        row("key/value heads do not divide", "llama_grouped", "{'num_key_value_heads':3}", "3");
        row("zero heads", "llama_grouped", "{'num_attention_heads':0}", "0");
        row("other width of q", "llama_grouped", "{'head_dim':6}", "q_proj");
        row("negative layers", "gpt2_plain", "{'n_layer':-1}", "n_layer");
        row("absurd layers", "gpt2_plain", "{'n_layer':2000000000}", "n_layer");
        row("absurd context", "gpt2_plain", "{'n_positions':9000000000000000000}", "n_positions");
        row("vocabulary of another model", "gpt2_plain", "{'vocab_size':99}", "99");
        row("unknown rope", "llama_linear",
            "{'rope_parameters':{'rope_type':'spiral','factor':2.0,'rope_theta':10000.0}}", "spiral");
        row("unknown activation", "llama_grouped", "{'hidden_act':'swoosh'}", "swoosh");
        row("unknown family", "gpt2_plain", "{'model_type':'mystery'}", "mystery");
        row("unknown norm", "toy_plain", "{'normalization_type':'ODD'}", "ODD");
        row("text for a number", "gpt2_plain", "{'n_embd':'eight'}", "n_embd");
    }
    void configsThatContradict() {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, changes);
        QFETCH(QString, says);
        const fs::path folder = copyOf(model.constData());
        edit(folder,
             [&](nlohmann::json& config) { config.update(nlohmann::json::parse(changes.toStdString())); });
        const std::string sentence = refusal(folder);
        QVERIFY(!sentence.empty());
        QVERIFY2(QString::fromStdString(sentence).contains(says), sentence.c_str());
    }

    /// A model of half a terabyte, its data a hole in the file: refused at once, with the numbers, and before
    /// any of it is allocated.
    void tooLargeForMemory() {
        const fs::path folder = copyOf("llama_grouped");
        constexpr std::int64_t vocabulary = 16'000'000, width = 8192;
        edit(folder, [&](nlohmann::json& config) {
            config.update({{"vocab_size", vocabulary}, {"hidden_size", width}, {"head_dim", 2048}});
        });
        std::map<std::string, std::vector<std::int64_t>> shapes{
            {"model.embed_tokens.weight", {vocabulary, width}},
            {"lm_head.weight", {vocabulary, width}},
            {"model.norm.weight", {width}}};
        nlohmann::json config;
        std::ifstream(folder / "config.json") >> config;
        const std::int64_t mlp = config.at("intermediate_size");
        for (int layer = 0; layer < config.at("num_hidden_layers"); ++layer) {
            const std::string at = "model.layers." + std::to_string(layer) + ".";
            for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
                shapes[at + norm + ".weight"] = {width};
            shapes[at + "self_attn.q_proj.weight"] = {4 * 2048, width};
            shapes[at + "self_attn.k_proj.weight"] =
                shapes[at + "self_attn.v_proj.weight"] = {2 * 2048, width};
            shapes[at + "self_attn.o_proj.weight"] = {width, 4 * 2048};
            shapes[at + "mlp.gate_proj.weight"] = shapes[at + "mlp.up_proj.weight"] = {mlp, width};
            shapes[at + "mlp.down_proj.weight"] = {width, mlp};
        }
        nlohmann::json header;
        std::int64_t end = 0;
        for (const auto& [name, shape] : shapes) {
            std::int64_t bytes = 2;
            for (const std::int64_t size : shape)
                bytes *= size;
            header[name] = {{"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {end, end + bytes}}};
            end += bytes;
        }
        const std::string text = header.dump();
        const std::uint64_t length = text.size();
        std::ofstream out(folder / "model.safetensors", std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<const char*>(&length), 8);
        out << text;
        out.close();
        std::error_code cannot;
        fs::resize_file(folder / "model.safetensors", 8 + length + static_cast<std::uint64_t>(end), cannot);
        if (cannot) QSKIP("this file system holds no file of half a terabyte");
        const Result<ModelInfo> info = open(folder);
        QVERIFY(!info.has_value());
        QCOMPARE(info.error().code, ErrorCode::OutOfMemory);
        QVERIFY2(info.error().message.find("needs 1") != std::string::npos,
                 info.error().message.c_str()); // TB, in MB
        QVERIFY(info.error().message.find("are free") != std::string::npos);
    }

    /// Where a file should be stands something else.
    void placesThatAreNoFiles_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("kind");
        for (const char* file : {"config.json", "model.safetensors", "tokenizer.json"})
            for (const char* kind : {"folder", "fifo", "device", "loop", "dangling"})
                QTest::addRow("%s as %s", file, kind) << file << kind;
    }
    void placesThatAreNoFiles() {
        QFETCH(QString, file);
        QFETCH(QString, kind);
        const fs::path folder = copyOf("gpt2_plain");
        const fs::path path = folder / file.toStdString();
        fs::remove(path);
        if (kind == "folder") fs::create_directory(path);
        if (kind == "fifo") QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
        if (kind == "device") fs::create_symlink("/dev/zero", path);
        if (kind == "loop") fs::create_symlink(path.filename(), path);
        if (kind == "dangling") fs::create_symlink("nowhere", path);
        const Result<ModelInfo> info = open(folder);
        if (file == "tokenizer.json") {
            // A tokenizer that cannot be read leaves a model that understands ids, with a warning.
            QVERIFY2(info, info ? "" : info.error().text().c_str());
            QVERIFY(info->tokenizer.empty());
            const bool told =
                std::any_of(info->warnings.begin(), info->warnings.end(), [](const auto& warning) {
                    return warning.find("tokenizer") != std::string::npos;
                });
            QVERIFY(told);
        } else {
            QVERIFY(!info);
            QCOMPARE(int(info.error().code),
                     int(kind == "dangling" ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable));
            QVERIFY2(info.error().message.find(file.toStdString()) != std::string::npos,
                     info.error().message.c_str());
        }
    }

    void namesThatAreNoText() {
        const fs::path folder = fs::path(m_folder.path().toStdString()) / "model \xFF\xFE \n";
        fs::copy(fixture("gpt2_plain"), folder);
        const Result<ModelInfo> info = open(folder);
        QVERIFY2(info, info ? "" : info.error().text().c_str());
    }

    void unreadableFiles() {
        const fs::path folder = copyOf("gpt2_plain");
        ::chmod((folder / "model.safetensors").c_str(), 0);
        const bool root = ::geteuid() == 0; // who may read everything: for a moment somebody else
        if (root) {
            ::chmod(m_folder.path().toUtf8(), 0755);
            QCOMPARE(::seteuid(65534), 0);
        }
        const Result<ModelInfo> info = open(folder);
        if (root) QCOMPARE(::seteuid(0), 0);
        QVERIFY(!info);
        QCOMPARE(info.error().code, ErrorCode::FileUnreadable);
    }

    void promptsThatAreNoText_data() {
        QTest::addColumn<QByteArray>("prompt");
        QTest::addColumn<bool>("runs");
        QTest::newRow("overlong") << QByteArray("\xC0\xAF") << false;
        QTest::newRow("surrogate in UTF-8") << QByteArray("\xED\xA0\x80") << false;
        QTest::newRow("cut off") << QByteArray("abc\xE2\x82") << false;
        QTest::newRow("NUL inside") << QByteArray("a\0b", 3) << true;
        QTest::newRow("white space") << QByteArray("  \t\n  ") << true;
        QTest::newRow("longer than the context") << QByteArray("the store ").repeated(1000) << false;
        QTest::newRow("megabytes") << QByteArray("the store ").repeated(400000) << false;
    }
    void promptsThatAreNoText() {
        QFETCH(QByteArray, prompt);
        QFETCH(bool, runs);
        const auto engine =
            engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary);
        engine::OpenRequest request;
        request.model = fs::path(CUTAWAY_SOURCE_DIR) / "resources/models/demo";
        request.hash = false;
        QVERIFY(engine->open(request, {}, {}));
        RunRequest run;
        run.input.value = prompt.toStdString();
        const auto result = engine->run(run, {}, {});
        QVERIFY2(result.has_value() == runs, result ? "it ran" : result.error().text().c_str());
        if (!result) QVERIFY(result.error().message.size() < 400);
        run.input.value = std::string("When Mary"); // and the next is answered
        QVERIFY(engine->run(run, {}, {}));
    }

    /// Means that were made are kept for the next time; where they cannot be, the answer is the same.
    void meansThatCannotBeKept() {
        const fs::path kept = fs::path(m_folder.path().toStdString()) / "cache" / "means.safetensors";
        const RunResult whole = meanCut(kept, 0);
        QVERIFY(!fs::exists(kept));
        QVERIFY(!fs::exists(kept.parent_path()) || fs::is_empty(kept.parent_path()));
        const RunResult first = meanCut(kept);
        QVERIFY(fs::exists(kept));
        const RunResult again = meanCut(kept);
        for (const RunResult* run : {&first, &again})
            QCOMPARE(run->main.positions[0].top[0].logit, whole.main.positions[0].top[0].logit);
    }

    /// A file of means that names the right weights and prompts and holds what no mean of theirs can be is
    /// not taken: the means are made anew.
    void meansOfAnotherShape_data() {
        QTest::addColumn<QString>("fault");
        for (const char* fault :
             {"none", "one number", "turned", "not a number", "unknown hook", "pattern", "cut off"})
            QTest::newRow(fault) << fault;
    }
    void meansOfAnotherShape() {
        QFETCH(QString, fault);
        const fs::path kept =
            fs::path(m_folder.path().toStdString()) / (fault.toStdString() + ".safetensors");
        const RunResult good = meanCut(kept);
        const auto table = weights::TensorTable::openFile(kept);
        QVERIFY(table);
        std::map<std::string, HostTensor> arrays;
        for (const auto& [name, entry] : table->tensors()) {
            HostTensor& array = arrays[name] = weights::TensorTable::toHost(entry);
            if (name == "prompts") array = {array.shape, {}, {array.values.begin(), array.values.end()}};
        }
        HostTensor& mean = arrays.at("blocks.0.attn.hook_z");
        if (fault == "none") mean.values.assign(mean.values.size(), 7.0F);
        if (fault == "one number") mean = {{1}, {7.0F}, {}};
        if (fault == "turned") std::swap(mean.shape[0], mean.shape[1]);
        if (fault == "not a number") mean.values[3] = std::nanf("");
        if (fault == "unknown hook") arrays["blocks.0.hook_nothing"] = {{1}, {1.0F}, {}};
        if (fault == "pattern") arrays["blocks.0.attn.hook_pattern"] = {{1}, {1.0F}, {}};
        QVERIFY(weights::writeSafetensors(kept, arrays, table->metadata()));
        if (fault == "cut off") fs::resize_file(kept, fs::file_size(kept) - 4);
        const RunResult again = meanCut(kept);
        // That files are read at all is seen by one that is like a good one.
        QCOMPARE(again.main.positions[0].top[0].logit == good.main.positions[0].top[0].logit,
                 fault != "none");
    }

    /// No byte more than so many can be written: neither half a file nor the old one lost.
    void aDiskThatIsFull() {
        const fs::path file = fs::path(m_folder.path().toStdString()) / "arrays.safetensors";
        const std::map<std::string, HostTensor> small{{"a", {{1}, {1}, {}}}};
        const std::map<std::string, HostTensor> large{{"a", {{5000}, std::vector<float>(5000, 2), {}}}};
        QVERIFY(weights::writeSafetensors(file, small));
        const Status written = [&] {
            const FullDisk full(4096);
            return weights::writeSafetensors(file, large);
        }();
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::FileUnwritable);
        const auto stands = weights::TensorTable::openFile(file);
        QVERIFY(stands);
        QCOMPARE(stands->find("a")->elements(), std::int64_t(1));
        int files = 0;
        for (const auto& entry : fs::directory_iterator(file.parent_path()))
            files += entry.path().filename().string().starts_with("arrays");
        QCOMPARE(files, 1);
    }

    void aMillionTensors() {
        std::string header = "{";
        for (int i = 0; i < 1'000'002; ++i)
            header += (i ? ",\"t" : "\"t") + std::to_string(i) +
                      "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
        header += "}";
        const auto length = static_cast<std::uint64_t>(header.size());
        const fs::path file = fs::path(m_folder.path().toStdString()) / "many.safetensors";
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(&length), 8)
            .write(header.data(), static_cast<std::streamsize>(header.size()));
        const auto table = weights::TensorTable::openFile(file);
        QVERIFY(!table);
        QVERIFY2(table.error().message.size() < 400, table.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestHostileModels)
#include "tst_hostile_models.moc"
