// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/open_model.h"

#include "tests/support/shared_files.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace cutaway;
using namespace cutaway::model;
namespace fs = std::filesystem;

namespace {

using Tensors = std::map<std::string, HostTensor>;

HostTensor filled(std::vector<std::int64_t> shape) {
    HostTensor tensor{std::move(shape), {}, {}};
    tensor.values.assign(static_cast<std::size_t>(tensor.elements()), 0.0F);
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
        tensor.values[i] = static_cast<float>(i);
    return tensor;
}

nlohmann::json gptConfig() {
    return {{"model_type", "gpt2"}, {"n_embd", 8},      {"n_layer", 1},
            {"n_head", 2},          {"n_positions", 4}, {"vocab_size", 5}};
}

Tensors gptTensors() {
    Tensors t;
    t["wte.weight"] = filled({5, 8});
    t["wpe.weight"] = filled({4, 8});
    for (const char* norm : {"h.0.ln_1", "h.0.ln_2", "ln_f"})
        for (const char* part : {".weight", ".bias"})
            t[std::string(norm) + part] = filled({8});
    t["h.0.attn.c_attn.weight"] = filled({8, 24});
    t["h.0.attn.c_attn.bias"] = filled({24});
    t["h.0.attn.c_proj.weight"] = filled({8, 8});
    t["h.0.attn.c_proj.bias"] = filled({8});
    t["h.0.mlp.c_fc.weight"] = filled({8, 32});
    t["h.0.mlp.c_fc.bias"] = filled({32});
    t["h.0.mlp.c_proj.weight"] = filled({32, 8});
    t["h.0.mlp.c_proj.bias"] = filled({8});
    return t;
}

float valueAt(const WeightView& view, std::initializer_list<std::int64_t> index) {
    std::int64_t offset = 0;
    std::size_t axis = 0;
    for (const std::int64_t i : index)
        offset += i * view.strides[axis++];
    float value = 0;
    std::memcpy(&value, view.data + offset * 4, 4);
    return value;
}

} // namespace

/// Folders: what opens, what is refused and in which words, and that every tensor is accounted for.
class TestOpenModel : public QObject {
    Q_OBJECT
    QTemporaryDir m_root;
    int m_count = 0;

    fs::path folder(const nlohmann::json& config, const Tensors& tensors) {
        const fs::path path = fs::path(m_root.path().toStdString()) / std::to_string(m_count++);
        fs::create_directories(path);
        std::ofstream(path / "config.json") << config.dump();
        if (!weights::writeSafetensors(path / "model.safetensors", tensors)) qFatal("cannot write a fixture");
        return path;
    }

private Q_SLOTS:
    void gpt2Views() {
        const auto model = openModel(folder(gptConfig(), gptTensors()));
        QVERIFY2(model.has_value(), model ? "" : model.error().text().c_str());
        QCOMPARE(model->info.family, std::string("gpt2"));
        QCOMPARE(model->info.traits.dMlp, 32);
        QVERIFY(model->info.tiedHead && model->info.tensorsUnused.empty());
        const LayerWeights& layer = model->weights.layers.front();
        // k[out 3, in 2] is column 8 + 3 of row 2 of c_attn.
        QCOMPARE(valueAt(layer.k.weight, {3, 2}), 2.0F * 24 + 8 + 3);
        QCOMPARE(valueAt(layer.v.bias, {1}), 17.0F);
        QCOMPARE(valueAt(layer.in.weight, {30, 7}), 7.0F * 32 + 30);
    }

    void refused_data() {
        QTest::addColumn<QString>("patch");  // merged into the config
        QTest::addColumn<QString>("tensor"); // replaced or, with an empty shape, removed
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const char* patch, const char* tensor, const char* says) {
            QTest::newRow(name) << patch << tensor << says;
        };
        row("unknown family", R"({"model_type":"mamba"})", "", "'mamba' is not supported");
        row("heads", R"({"n_head":3})", "", "n_head");
        row("zero layers", R"({"n_layer":0})", "", "n_layer");
        row("negative width", R"({"n_embd":-8})", "", "n_embd");
        row("absurd width", R"({"n_embd":99999999})", "", "n_embd");
        row("text width", R"({"n_embd":"8"})", "", "n_embd");
        row("activation", R"({"activation_function":"snake"})", "", "snake");
        row("cross attention", R"({"add_cross_attention":true})", "", "cross");
        row("vocabulary", R"({"vocab_size":6})", "", "wte.weight");
        row("missing", "{}", "h.0.mlp.c_fc.bias", "'h.0.mlp.c_fc.bias' is missing");
        row("untied without head", R"({"tie_word_embeddings":false})", "", "lm_head.weight");
        row("tied with other head", "{}", "+lm_head.weight", "differs");
        row("more layers", R"({"n_layer":2})", "", "h.1.ln_1");
    }
    void refused() {
        QFETCH(QString, patch);
        QFETCH(QString, tensor);
        QFETCH(QString, says);
        nlohmann::json config = gptConfig();
        config.merge_patch(nlohmann::json::parse(patch.toStdString()));
        Tensors tensors = gptTensors();
        if (tensor.startsWith('+')) {
            tensors[tensor.mid(1).toStdString()] = filled({5, 8});
            tensors["lm_head.weight"].values[3] += 1;
        } else if (!tensor.isEmpty()) {
            tensors.erase(tensor.toStdString());
        }
        const auto model = openModel(folder(config, tensors));
        QVERIFY(!model.has_value());
        QCOMPARE(exitStatus(model.error().code), 1);
        QVERIFY2(QString::fromStdString(model.error().message).contains(says), model.error().message.c_str());
    }

    void equalTiedHeadAndUnknownTensorsOpen() {
        Tensors tensors = gptTensors();
        tensors["lm_head.weight"] = filled({5, 8});
        tensors["extra.thing"] = filled({2});
        tensors["h.0.attn.bias"] = filled({1, 1, 4, 4});
        nlohmann::json config = gptConfig();
        config["something_new"] = 3;
        const auto model = openModel(folder(config, tensors));
        QVERIFY2(model.has_value(), model ? "" : model.error().text().c_str());
        QCOMPARE(model->info.tensorsUnused, std::vector<std::string>{"extra.thing"});
        QCOMPARE(model->info.warnings.size(), std::size_t(2));
    }

    void foldersThatAreNone() {
        const fs::path root = m_root.path().toStdString();
        QCOMPARE(openModel(root / "absent").error().code, ErrorCode::FileNotFound);
        QCOMPARE(openModel(root).error().code, ErrorCode::FileNotFound);
        std::ofstream(root / "file") << "x";
        QCOMPARE(openModel(root / "file").error().code, ErrorCode::FileUnreadable);
        fs::create_directories(root / "tok");
        std::ofstream(root / "tok/tokenizer.json") << "{}";
        QVERIFY(openModel(root / "tok").error().message.find("tokenize") != std::string::npos);
    }

    void hookedTransformerRefusesUnknownKeys() {
        const nlohmann::json config = {{"n_layers", 1},
                                       {"d_model", 8},
                                       {"n_ctx", 4},
                                       {"d_head", 4},
                                       {"d_vocab", 5},
                                       {"attn_only", true},
                                       {"normalization_type", nullptr}};
        Tensors t;
        t["embed.W_E"] = filled({5, 8});
        t["pos_embed.W_pos"] = filled({4, 8});
        for (const char* name : {"W_Q", "W_K", "W_V"})
            t[std::string("blocks.0.attn.") + name] = filled({2, 8, 4});
        t["blocks.0.attn.W_O"] = filled({2, 4, 8});
        t["unembed.W_U"] = filled({8, 5});
        const auto model = openModel(folder(config, t));
        QVERIFY2(model.has_value(), model ? "" : model.error().text().c_str());
        const LayerWeights& layer = model->weights.layers.front();
        // W_Q[h 1, in 3, dh 2] lies at 1·32 + 3·4 + 2; W_O[h 1, dh 2, d 5] at 1·32 + 2·8 + 5.
        QCOMPARE(valueAt(layer.q.weight, {1, 2, 3}), 46.0F);
        QCOMPARE(valueAt(layer.out.weight, {5, 1 * 4 + 2}), 53.0F);
        QVERIFY(!layer.q.bias.present());
        for (const char* patch :
             {R"({"parallel_attn_mlp":true})", R"({"mystery":1})", R"({"normalization_type":"BatchNorm"})",
              R"({"positional_embedding_type":"alibi"})", R"({"attention_dir":"sideways"})",
              R"({"final_rms":true})"}) {
            nlohmann::json changed = config;
            changed.merge_patch(nlohmann::json::parse(patch));
            const auto refused = openModel(folder(changed, t));
            QVERIFY2(!refused.has_value(), patch);
            QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        }
    }

    void realModels() {
        const auto stories = tests::sharedPath("models/stories260k");
        if (!stories) QSKIP("no models beside the checkout");
        const auto model = openModel(*stories);
        QVERIFY2(model.has_value(), model ? "" : model.error().text().c_str());
        QCOMPARE(model->info.family, std::string("llama"));
        QCOMPARE(model->info.traits.nKvHeads, 4);
        QVERIFY(model->info.tiedHead && model->info.warnings.empty());
        const auto sort = openModel(*tests::sharedPath("models/nano-sort"));
        QVERIFY2(sort.has_value(), sort ? "" : sort.error().text().c_str());
        QVERIFY(!sort->info.tiedHead && sort->info.tensorsUnused.empty());
    }
};

QTEST_GUILESS_MAIN(TestOpenModel)
#include "tst_open_model.moc"
