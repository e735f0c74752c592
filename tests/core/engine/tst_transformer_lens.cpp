// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/tokenizer_vocabulary.h"
#include "core/session/transformer_lens_code.h"
#include "core/types/json_codec.h"
#include "tests/support/generated_stage.h"
#include "tests/support/shared_files.h"

#include <QProcess>
#include <QtTest>

#include <cmath>

using namespace cutaway;
using namespace cutaway::tests;

/// The code that reproduces a state, run with TransformerLens itself, against our own run of that state.
/// Needs CUTAWAY_REFERENCE_PYTHON: a Python with the versions that tests/golden/make_fixtures.py names.
class TestTransformerLens : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void drawnStates();
    void realPrompts();
    void cleanupTestCase();

private:
    static constexpr double bound = 1e-4; ///< relative to max(1, |value|); both sides are float32

    struct State {
        QString name;
        RunResult result;
    };

    /// Runs a state here and writes its code; the reference runs it later with the others.
    void add(engine::Engine& engine, const session::CodeState& code, const QString& name);
    void compareAll();
    void compareSide(const QString& name, const RunSide& ours, const nlohmann::json& theirs);
    void compare(const QString& name, double ours, double theirs);

    QString m_python;
    QTemporaryDir m_folder;
    std::vector<State> m_states;
    double m_largest = 0.0;
    QString m_worst;
    int m_values = 0, m_wrong = 0;
};

void TestTransformerLens::initTestCase() {
    m_python = qEnvironmentVariable("CUTAWAY_REFERENCE_PYTHON");
    if (m_python.isEmpty()) QSKIP("CUTAWAY_REFERENCE_PYTHON is not set: nothing to run the code with");
}

void TestTransformerLens::add(engine::Engine& engine, const session::CodeState& code, const QString& name) {
    const Result<RunResult> result = engine.run(code.request, {}, {});
    QVERIFY2(result.has_value(), result ? "" : qPrintable(name + ": " + result.error().text().c_str()));
    QFile file(m_folder.filePath(QStringLiteral("state%1.py").arg(m_states.size())));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(session::transformerLensCode(code)));
    m_states.push_back({name, *result});
}

void TestTransformerLens::compare(const QString& name, double ours, double theirs) {
    const double difference = std::abs(ours - theirs) / std::max(1.0, std::abs(theirs));
    ++m_values;
    if (!(difference <= m_largest)) {
        m_largest = difference;
        m_worst = name;
    }
    if (difference <= bound) return;
    ++m_wrong;
    qWarning("%s: %.9g here, %.9g with TransformerLens", qPrintable(name), ours, theirs);
}

void TestTransformerLens::compareSide(const QString& name, const RunSide& ours,
                                      const nlohmann::json& theirs) {
    QVERIFY(ours.logitDiff && ours.answerProb && ours.wrongProb);
    compare(name + " difference", *ours.logitDiff, theirs.at("logit_diff"));
    compare(name + " p(answer)", *ours.answerProb, theirs.at("answer_prob"));
    compare(name + " p(wrong)", *ours.wrongProb, theirs.at("wrong_prob"));
    const auto& top = ours.positions.front().top;
    QCOMPARE(top.size(), theirs.at("top").size());
    for (std::size_t i = 0; i < top.size(); ++i) {
        const auto& other = theirs.at("top").at(i);
        compare(name + QStringLiteral(" logit of place %1").arg(i), top[i].logit, other.at("logit"));
        compare(name + QStringLiteral(" p of place %1").arg(i), top[i].prob, other.at("prob"));
        // Tokens as likely as each other may stand either way round.
        const auto tied = [&](std::size_t j) {
            return j < top.size() && std::abs(top[j].logit - top[i].logit) < bound;
        };
        if (i + 1 < top.size() && !tied(i + 1) && (i == 0 || !tied(i - 1)))
            QVERIFY2(top[i].id == other.at("id").get<int>(), qPrintable(name));
    }
}

void TestTransformerLens::compareAll() {
    QFile runner(m_folder.filePath("runner.py"));
    QVERIFY(runner.open(QIODevice::WriteOnly));
    runner.write("import runpy, sys, torch\n"
                 "torch.set_num_threads(1)\n"
                 "for file in sys.argv[1:]:\n"
                 "    try:\n"
                 "        runpy.run_path(file)\n"
                 "    except SystemExit as said:\n"
                 "        print('{\"refused\": true}')\n"
                 "        print(said, file=sys.stderr)\n"
                 "    sys.stdout.flush()\n");
    runner.close();
    QStringList arguments{runner.fileName()};
    for (std::size_t i = 0; i < m_states.size(); ++i)
        arguments << m_folder.filePath(QStringLiteral("state%1.py").arg(i));
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("HF_HUB_OFFLINE", "1");
    process.setProcessEnvironment(environment);
    process.start(m_python, arguments);
    QVERIFY(process.waitForFinished(1500 * 1000));
    std::vector<nlohmann::json> replies;
    for (const QByteArray& line : process.readAllStandardOutput().split('\n'))
        if (line.startsWith('{')) replies.push_back(nlohmann::json::parse(line.toStdString()));
    const QByteArray errors = process.readAllStandardError();
    if (replies.size() != m_states.size())
        qWarning("state %d (%s):\n%s", int(replies.size()), qPrintable(m_states[replies.size()].name),
                 errors.right(3000).constData());
    QCOMPARE(replies.size(), m_states.size());
    for (std::size_t i = 0; i < replies.size(); ++i) {
        const auto& [name, result] = m_states[i];
        QVERIFY2(!replies[i].contains("refused"), qPrintable(name));
        compareSide(name + " uncut", result.uncut ? *result.uncut : result.main, replies[i].at("uncut"));
        QCOMPARE(result.uncut.has_value(), replies[i].contains("cut"));
        if (result.uncut) compareSide(name + " cut", result.main, replies[i].at("cut"));
    }
    m_states.clear();
    QVERIFY2(m_wrong == 0, qPrintable(QStringLiteral("%1 of %2 values").arg(m_wrong).arg(m_values)));
}

/// Any legal cut on every fixture, one to three at a time, with donors, vectors and reference prompts.
void TestTransformerLens::drawnStates() {
    if (m_python.isEmpty()) QSKIP("no reference");
    const int rounds = std::max(1, qEnvironmentVariableIntValue("CUTAWAY_REFERENCE_ROUNDS"));
    unsigned seed = 7;
    std::vector<std::unique_ptr<GeneratedStage>> stages; // their files are read until the reference has run
    for (const std::filesystem::path& folder : goldenFolders()) {
        if (folder.filename() == "gpt2_unscaled") continue; // TransformerLens scales it all the same
        for (int round = 0; round < rounds; ++round) {
            auto stage = std::make_unique<GeneratedStage>(folder.string(), seed++);
            QVERIFY2(stage->error.empty(), stage->error.c_str());
            session::CodeState state;
            state.model = *stage->engine.engine().info();
            const bool toy = state.model.family == "hooked_transformer";
            do {
                state.request =
                    EngineUnderTest::request(stage->tokens, stage->drawStack(3), stage->world, {});
                // A hook behind the gain is what HookedTransformer lacks; norms' scales are touchy, see
                // below.
            } while (toy && cutTexts(state.request.cuts).find(".hook_out") != std::string::npos);
            state.request.allPositions = false;
            state.request.position = stage->draw->below(GeneratedStage::length);
            state.request.answer = {TokenId(2), TokenId(4)};
            state.request.wrong = {TokenId(3)};
            state.tokens.assign(stage->tokens.begin(), stage->tokens.end());
            for (const auto& [name, ids] : stage->world.donors)
                state.donors[name].assign(ids.begin(), ids.end());
            state.reference = (stage->directory / "prompts.jsonl").string();
            add(stage->engine.engine(), state,
                QString::fromStdString(folder.filename().string() + " " + cutTexts(state.request.cuts)));
            stages.push_back(std::move(stage));
        }
    }
    compareAll();
}

/// Texts through the models' own tokenizers, with the reference sets beside them.
void TestTransformerLens::realPrompts() {
    if (m_python.isEmpty()) QSKIP("no reference");
    struct Asked {
        std::string folder;
        const char* prompt;
        const char* donor;
        TokenSet answer, wrong;
        std::vector<const char*> cuts;
    };
    const std::string demo = std::string(CUTAWAY_SOURCE_DIR) + "/resources/models/demo";
    const char* mary = "When Mary and John went to the store, John gave a drink to";
    const char* anna = "When Anna and John went to the park, John gave a letter to";
    std::vector<Asked> asked{
        {demo, mary, anna, {" Mary"}, {" John"}, {"mean:L3H1"}},
        {demo, mary, anna, {" Mary"}, {" John"}, {"mean(w=0.4):{L2H0,L3H1}@last", "zero:L0H2"}},
        {demo, mary, anna, {" Mary", " Anna"}, {" John"}, {"resample(seed=3):L2", "scale(0.5):L1.mlp"}},
        {demo, mary, anna, {" Mary"}, {" John"}, {"patch:blocks.1.hook_resid_post@2", "freeze:L3.norm1"}},
        {demo, mary, anna, {" Mary"}, {" John"}, {"zero:L*H*[*<-2]"}},
        {demo,
         mary,
         anna,
         {" Mary"},
         {" John"},
         {"zero(renorm=0):L2H3[*<-0]", "noise(0.3,seed=5):hook_embed"}},
        {demo,
         mary,
         anna,
         {" Mary"},
         {" John"},
         {"zero:L1H0", "freeze:blocks.2.attn.hook_pattern[1]", "set(2):L2N100@5-8", "mean(bos=1):L2H6"}},
    };
    if (const auto stories = sharedPath("models/stories260k")) {
        asked.push_back({stories->string(),
                         "Once upon a time, there was a little",
                         "Once upon a time, there was a big",
                         {TokenId(300)},
                         {TokenId(301)},
                         {"zero:L2H3", "mean:L3.attn@4-6"}});
        asked.push_back({stories->string(),
                         "Once upon a time, there was a little",
                         nullptr,
                         {TokenId(300)},
                         {TokenId(301)},
                         {"scale(1.5):blocks.1.attn.hook_v[1]", "zero:L4.mlp@last"}});
    }
    if (const auto sort = sharedPath("models/nano-sort")) {
        asked.push_back({sort->string(), nullptr, nullptr, {TokenId(0)}, {TokenId(1)}, {"zero:L1H0"}});
        asked.push_back({sort->string(),
                         nullptr,
                         nullptr,
                         {TokenId(2)},
                         {TokenId(1)},
                         {"mean:L2.mlp", "freeze:norm_final"}});
    }
    for (const Asked& each : asked) {
        const auto engine =
            engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary);
        engine::OpenRequest open;
        open.model = each.folder;
        const Result<ModelInfo> info = engine->open(open, {}, {});
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
        session::CodeState state;
        state.model = *info;
        const auto input = [](const char* text) {
            return text ? TokenInput{std::string(text), BosMode::PostProcessor}
                        : TokenInput{std::vector<TokenId>{2, 0, 1, 0, 2}, BosMode::PostProcessor};
        };
        state.request.input = input(each.prompt);
        if (each.donor) state.request.donors["B"] = input(each.donor);
        for (const char* cut : each.cuts)
            state.request.cuts.push_back(*parseCut(cut));
        state.request.answer = each.answer;
        state.request.wrong = each.wrong;
        const auto ids = [&](const TokenInput& sequence) {
            std::vector<TokenId> found;
            if (const auto* given = std::get_if<std::vector<TokenId>>(&sequence.value)) return *given;
            const Result<std::vector<TokenPiece>> pieces = engine->tokenize(sequence);
            for (const TokenPiece& piece : pieces.value())
                found.push_back(piece.id);
            return found;
        };
        state.tokens = ids(state.request.input);
        for (const auto& [name, donor] : state.request.donors)
            state.donors[name] = ids(donor);
        add(*engine, state, QString::fromStdString(info->name + " " + cutTexts(state.request.cuts)));
    }
    compareAll();
}

void TestTransformerLens::cleanupTestCase() {
    if (m_values > 0)
        qInfo("%d values, the largest difference is %.2g (%s)", m_values, m_largest, qPrintable(m_worst));
}

QTEST_GUILESS_MAIN(TestTransformerLens)
#include "tst_transformer_lens.moc"
