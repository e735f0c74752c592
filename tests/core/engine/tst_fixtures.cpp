// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/engine_under_test.h"
#include "tests/support/shared_files.h"

#include <QRegularExpression>
#include <QtTest>
#include <cmath>

using namespace cutaway;
using namespace cutaway::tests;

/// The engine against what transformers and TransformerLens gave (tests/golden/make_fixtures.py names the
/// versions), and against two real models where they stand beside the checkout.
class TestFixtures : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithTheReferences_data();
    void agreesWithTheReferences();
    void foldsAsTransformerLens_data();
    void foldsAsTransformerLens();
    void foldingKeepsProbabilities_data();
    void foldingKeepsProbabilities();
    void summariesFollowFromLogits_data();
    void summariesFollowFromLogits();
    void reproducesNanoSort();
    void writesTheStory();
};

void TestFixtures::agreesWithTheReferences_data() {
    QTest::addColumn<QString>("folder");
    for (const char* set : {"fixtures", familySet})
        for (const auto& folder : goldenFolders(set))
            QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

void TestFixtures::foldsAsTransformerLens_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& folder : goldenFolders())
        if (std::filesystem::exists(folder / "folded.safetensors"))
            QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

/// Arrays of TransformerLens on the weights it has processed (tests/golden/make_folded.py), each kind of
/// norm.
void TestFixtures::foldsAsTransformerLens() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    EngineUnderTest engine;
    const auto info = engine.open(path, {}, true);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    std::vector<HookPoint> hooks;
    Captures wanted;
    for (const auto& [name, array] : readSafetensors(path / "folded.safetensors")) {
        hooks.push_back(*parseHookName(name));
        wanted[hooks.back()] = array;
    }
    QVERIFY(hooks.size() > 5);
    const auto got = engine.run(goldenCases(path).front().tokens, {}, {}, hooks);
    QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
    const std::string difference = firstDifference(*got, wanted, 1e-5);
    QVERIFY2(difference.empty(), difference.c_str());
}

void TestFixtures::foldingKeepsProbabilities_data() {
    QTest::addColumn<QString>("folder");
    for (const char* set : {"fixtures", familySet})
        for (const auto& folder : goldenFolders(set))
            QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

/// Logits of folded weights are the raw ones plus a constant a position; models that cannot be folded say so.
void TestFixtures::foldingKeepsProbabilities() {
    QFETCH(QString, folder);
    EngineUnderTest raw, folded;
    QVERIFY(raw.open(folder.toStdString()).has_value());
    const auto info = folded.open(folder.toStdString(), {}, true);
    if (!info) {
        QCOMPARE(info.error().code, ErrorCode::Unsupported);
        QVERIFY(info.error().message.find("folded") != std::string::npos);
        return;
    }
    const HookPoint logits{HookKind::Logits, -1};
    const std::vector<int> tokens = goldenCases(folder.toStdString()).front().tokens;
    const auto a = raw.run(tokens, {}, {}, {logits}), b = folded.run(tokens, {}, {}, {logits});
    QVERIFY(a.has_value() && b.has_value());
    Array apart = b->at(logits);
    double size = 1.0, largest = 0.0;
    for (int t = 0; t < apart.shape[0]; ++t) {
        const double constant = apart.at(t, 0) - a->at(logits).at(t, 0);
        for (int i = 0; i < apart.shape[1]; ++i) {
            size = std::max(size, std::abs(a->at(logits).at(t, i)));
            largest = std::max(largest, std::abs(apart.at(t, i) - a->at(logits).at(t, i) - constant));
        }
    }
    QVERIFY2(largest < 1e-4 * size, std::to_string(largest / size).c_str());
}

void TestFixtures::summariesFollowFromLogits_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& folder : goldenFolders())
        QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

void TestFixtures::agreesWithTheReferences() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    EngineUnderTest engine;
    const auto info = engine.open(path); // reference.jsonl beside the model serves the mean cuts
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    const auto expected = readSafetensors(path / "expected.safetensors");
    for (const GoldenCase& golden : goldenCases(path)) {
        std::vector<HookPoint> hooks;
        Captures wanted;
        for (const auto& [name, array] : expected)
            if (name.starts_with(golden.name + "/")) {
                hooks.push_back(*parseHookName(name.substr(golden.name.size() + 1)));
                wanted[hooks.back()] = array;
            }
        std::vector<Cut> cuts;
        for (const std::string& text : golden.cuts)
            cuts.push_back(*parseCut(text));
        CutWorld world;
        if (!golden.donor.empty()) world.donors["B"] = golden.donor;
        const auto got = engine.run(golden.tokens, cuts, world, hooks);
        QVERIFY2(got.has_value(), got ? "" : (cutTexts(cuts) + ": " + got.error().text()).c_str());
        // toys are held to a tighter bound than the contract's 1e-4
        const double bound = path.parent_path().filename() == familySet ? 1e-4 : 1e-5;
        const std::string difference = firstDifference(*got, wanted, bound);
        QVERIFY2(difference.empty(), (golden.name + " " + cutTexts(cuts) + ": " + difference).c_str());
        // and without arrays asked for, where the engine may take other ways
        const HookPoint logits{HookKind::Logits, -1};
        const auto alone = engine.run(golden.tokens, cuts, world, {logits});
        QVERIFY2(alone.has_value(), alone ? "" : alone.error().text().c_str());
        QVERIFY2(largestDifference(alone->at(logits), wanted.at(logits)) < bound, cutTexts(cuts).c_str());
    }
}

/// Top predictions, probabilities, loss and KL against their definitions on the fixture's own logits.
void TestFixtures::summariesFollowFromLogits() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    EngineUnderTest engine;
    const auto info = engine.open(path);
    QVERIFY(info.has_value());
    const auto expected = readSafetensors(path / "expected.safetensors");
    const auto cases = goldenCases(path);
    const auto logProbs = [](const Array& logits, int row) {
        double largest = -1e300, total = 0;
        for (int i = 0; i < logits.shape[1]; ++i)
            largest = std::max(largest, logits.at(row, i));
        for (int i = 0; i < logits.shape[1]; ++i)
            total += std::exp(logits.at(row, i) - largest);
        std::vector<double> out;
        for (int i = 0; i < logits.shape[1]; ++i)
            out.push_back(logits.at(row, i) - largest - std::log(total));
        return out;
    };
    const Array& uncut = expected.at("uncut/logits");
    for (const GoldenCase& golden : cases) {
        if (golden.name == "single") continue;
        CutWorld world;
        if (!golden.donor.empty()) world.donors["B"] = golden.donor;
        std::vector<Cut> cuts;
        for (const std::string& text : golden.cuts)
            cuts.push_back(*parseCut(text));
        const auto result =
            engine.engine().run(EngineUnderTest::request(golden.tokens, cuts, world, {}), {}, {});
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        const Array& logits = expected.at(golden.name + "/logits");
        const int length = static_cast<int>(golden.tokens.size());
        QCOMPARE(result->main.positions.size(), golden.tokens.size());
        double loss = 0;
        for (int t = 0; t < length; ++t) {
            const auto place = static_cast<std::size_t>(t);
            const std::vector<double> own = logProbs(logits, t), before = logProbs(uncut, t);
            const PositionPredictions& said = result->main.positions[place];
            QCOMPARE(said.position, t);
            const auto best = std::max_element(own.begin(), own.end());
            QCOMPARE(said.top.front().id, static_cast<TokenId>(best - own.begin()));
            QVERIFY(std::abs(said.top.front().prob - std::exp(*best)) < 1e-5);
            if (t + 1 < length && logits.shape[1] == info->traits.dVocab)
                loss -= own[static_cast<std::size_t>(golden.tokens[place + 1])] / (length - 1);
            if (!cuts.empty()) {
                double kl = 0;
                for (std::size_t i = 0; i < own.size(); ++i)
                    kl += std::exp(before[i]) * (before[i] - own[i]);
                // as exact as its logits are, and those are within 1e-5 of their largest
                double size = 1;
                for (const double logit : logits.values)
                    size = std::max(size, std::abs(logit));
                QVERIFY2(std::abs(result->kl.at(place) - kl) < 2e-5 * size,
                         (cutTexts(cuts) + ": kl " + std::to_string(result->kl[place]) + " against " +
                          std::to_string(kl))
                             .c_str());
            }
        }
        const bool hasLoss = info->traits.causal && info->traits.outputsAreVocabulary();
        QCOMPARE(result->main.loss.has_value(), hasLoss);
        if (hasLoss) QVERIFY(std::abs(*result->main.loss - loss) < 1e-5 * std::max(1.0, loss));
    }
}

/// Arrays that the model's author published (origin in the model's own folder); bound 1e-5.
void TestFixtures::reproducesNanoSort() {
    const auto folder = sharedPath("models/nano-sort");
    if (!folder) QSKIP("the nano-sort model does not stand beside the checkout");
    const std::map<std::string, std::string> names = {{"tok_emb", "hook_embed"},
                                                      {"attSm", "blocks.0.attn.hook_pattern"},
                                                      {"yProj", "blocks.0.hook_attn_out"},
                                                      {"attnResid", "blocks.0.hook_resid_mid"},
                                                      {"fc", "blocks.0.mlp.hook_pre"},
                                                      {"gelu", "blocks.0.mlp.hook_post"},
                                                      {"mlp", "blocks.0.hook_mlp_out"},
                                                      {"ln1", "blocks.0.ln1.hook_out"},
                                                      {"block0", "blocks.0.hook_resid_post"},
                                                      {"block1", "blocks.1.hook_resid_post"},
                                                      {"block2", "blocks.2.hook_resid_post"},
                                                      {"ln_f", "ln_final.hook_out"},
                                                      {"lm_head", "logits"}};
    EngineUnderTest engine;
    const auto info = engine.open(*folder);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    const auto stored = readSafetensors(*folder / "expected.safetensors");
    const Array& inputs = stored.at("idx");
    for (int item = 0; item < inputs.shape[0]; ++item) {
        std::vector<int> tokens;
        for (int t = 0; t < inputs.shape[1]; ++t)
            tokens.push_back(static_cast<int>(inputs.at(item, t)));
        std::vector<HookPoint> hooks;
        for (const auto& [theirs, ours] : names)
            hooks.push_back(*parseHookName(ours));
        const auto got = engine.run(tokens, {}, {}, hooks);
        QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
        for (const auto& [theirs, ours] : names) {
            const Array& all = stored.at(theirs);
            Array wanted(std::vector<int>(all.shape.begin() + 1, all.shape.end()));
            const auto size = static_cast<std::ptrdiff_t>(wanted.values.size());
            std::copy_n(all.values.begin() + item * size, size, wanted.values.begin());
            const Array& own = got->at(*parseHookName(ours));
            QCOMPARE(own.shape, wanted.shape);
            for (std::size_t i = 0; i < own.values.size(); ++i)
                QVERIFY2(std::abs(own.values[i] - wanted.values[i]) < 1e-5, ours.c_str());
        }
    }
}

void TestFixtures::writesTheStory() {
    const auto folder = sharedPath("models/stories260k");
    if (!folder) QSKIP("the stories260k model does not stand beside the checkout");
    std::ifstream in(*folder / "expected.json");
    const std::string wanted = nlohmann::json::parse(in).at("text");
    EngineUnderTest engine;
    const auto info = engine.open(*folder);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    GenerateRequest request;
    request.run.input = tokenInput({1});
    request.maxTokens = 200;
    const auto story = engine.engine().generate(request, {}, {});
    QVERIFY2(story.has_value(), story ? "" : story.error().text().c_str());
    // the model alone is meant here: ids are turned into text by the vocabulary table, ▁ being a space
    std::ifstream file(*folder / "tokenizer.json");
    const nlohmann::json vocabulary = nlohmann::json::parse(file).at("model").at("vocab");
    std::map<TokenId, QString> pieces;
    for (const auto& [piece, id] : vocabulary.items())
        pieces[id.get<TokenId>()] = QString::fromStdString(piece);
    QString text;
    for (const TokenId id : story->tokens) {
        static const QRegularExpression byte(QStringLiteral("^<0x([0-9A-F]{2})>$"));
        const auto match = byte.match(pieces[id]);
        if (id > 2)
            text += match.hasMatch() ? QString(QChar(match.captured(1).toInt(nullptr, 16))) : pieces[id];
    }
    text.replace(QChar(0x2581), QLatin1Char(' '));
    QCOMPARE(text.trimmed(), QString::fromStdString(wanted).trimmed());
}

QTEST_GUILESS_MAIN(TestFixtures)
#include "tst_fixtures.moc"
