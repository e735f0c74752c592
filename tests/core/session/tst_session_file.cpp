// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_file.h"
#include "core/types/cut_text.h"
#include "tests/support/random_cut.h"

#include <QDir>
#include <QFile>
#include <QtTest>

#include <random>

using namespace cutaway;
using namespace cutaway::session;

namespace {

/// Draws sessions as the window can have them, and stranger ones.
class RandomSession {
public:
    explicit RandomSession(unsigned seed) : m_cuts(seed) {}

    SavedSession draw() {
        SavedSession session;
        session.model = {m_cuts.chance(0.2) ? "demo" : "/models/" + text(), text(), "gpt2", "0123abcd"};
        if (m_cuts.chance(0.1)) session.model.path = "/models/\xFF\xFE";
        session.sequence = sequence();
        session.donor = donor();
        session.shelf = shelf();
        session.choice = choice();
        if (m_cuts.chance(0.3)) session.set = set();
        session.view.mode = static_cast<ViewMode>(m_cuts.below(3));
        session.view.cursor = m_cuts.below(9) - 1;
        session.view.layer = m_cuts.below(12);
        session.view.head = m_cuts.below(12);
        session.view.tab = m_cuts.chance(0.5) ? "lens" : "attention";
        session.view.weighted = m_cuts.chance(0.5);
        session.view.ownScale = m_cuts.chance(0.5);
        session.view.sort = static_cast<HeadSort>(m_cuts.below(6));
        session.view.folding = static_cast<Folding>(m_cuts.below(3));
        for (int i = m_cuts.below(5); i > 0; --i)
            session.runs.push_back(record(i));
        if (!session.runs.empty() && m_cuts.chance(0.5)) session.pinned = session.runs.front().id;
        return session;
    }

private:
    std::string text() {
        static const std::string some[] = {
            "When Mary and John", "",         " \xC3\xA9\xF0\x9F\x90\xA6", "line\nbreak\ttab",
            "\"quotes\" \\",      "<b>x</b>", std::string("a\0b", 3),      "\xE2\x80\xAE"};
        return some[m_cuts.below(8)] + std::to_string(m_cuts.below(100));
    }
    std::vector<TokenId> ids() {
        std::vector<TokenId> out(static_cast<std::size_t>(1 + m_cuts.below(9)));
        for (TokenId& id : out)
            id = m_cuts.below(50257);
        return out;
    }
    Sequence sequence() {
        Sequence out{text(), {}, 0};
        if (m_cuts.chance(0.4)) {
            out.tokens = ids();
            out.promptTokens = m_cuts.below(static_cast<int>(out.tokens.size()) + 1);
        }
        return out;
    }
    Donor donor() {
        if (m_cuts.chance(0.5)) return {};
        Donor out{true, sequence(), {}};
        for (int i = m_cuts.below(3); i > 0; --i)
            out.ties.ranges.push_back({m_cuts.below(9), m_cuts.below(9), 1 + m_cuts.below(3)});
        return out;
    }
    Shelf shelf() {
        Shelf out;
        for (int i = m_cuts.below(5); i > 0; --i)
            out.cards.push_back({out.nextId++, m_cuts.grammatical(), m_cuts.chance(0.7), m_cuts.chance(0.2),
                                 m_cuts.chance(0.5) ? ids() : std::vector<TokenId>()});
        return out;
    }
    Choice choice() {
        Choice out;
        for (TokenSet* set : {&out.answer, &out.wrong})
            for (int i = m_cuts.below(3); i > 0; --i) {
                if (m_cuts.chance(0.5))
                    set->emplace_back(text());
                else
                    set->emplace_back(TokenId(m_cuts.below(50257)));
            }
        return out;
    }
    PromptSet set() {
        auto items = std::make_shared<std::vector<PromptItem>>();
        for (int i = 1 + m_cuts.below(6); i > 0; --i) {
            PromptItem item;
            if (m_cuts.chance(0.5))
                item.input.value = text();
            else
                item.input.value = ids();
            item.input.bos = static_cast<BosMode>(m_cuts.below(3));
            const Choice scored = choice();
            item.answer = scored.answer;
            item.wrong = scored.wrong;
            items->push_back(item);
        }
        PromptSet out{"set " + text(), items, {"line 3 is no prompt"}, 0};
        out.current = m_cuts.below(out.size());
        return out;
    }
    RunRecord record(int id) {
        RunRecord out;
        out.id = id;
        out.when = 1'790'000'000 + id;
        out.sequence = sequence();
        out.donor = donor();
        out.shelf = shelf();
        out.choice = choice();
        out.chosen = m_cuts.chance(0.5);
        out.position = m_cuts.below(9);
        out.words = text();
        out.cuts = {"zero:L0H1"};
        if (m_cuts.chance(0.7)) out.uncut = m_cuts.real(-9, 9);
        if (m_cuts.chance(0.7)) out.cut = m_cuts.real(-1e-7, 1e-7);
        if (m_cuts.chance(0.7)) out.answerProb = m_cuts.real(0, 1);
        if (m_cuts.chance(0.7)) out.wrongProb = m_cuts.real(0, 1);
        return out;
    }

    tests::RandomCut m_cuts;
};

void compare(const SavedSession& a, const SavedSession& b) {
    QVERIFY(a.model == b.model);
    QVERIFY(a.sequence == b.sequence);
    QVERIFY(a.donor == b.donor);
    QVERIFY(a.shelf == b.shelf);
    QVERIFY(a.choice == b.choice);
    QVERIFY(a.set == b.set);
    QCOMPARE(a.set.current, b.set.current);
    QVERIFY(a.set.problems == b.set.problems);
    QVERIFY(a.view == b.view);
    QVERIFY(a.pinned == b.pinned);
    QCOMPARE(a.runs.size(), b.runs.size());
    for (std::size_t i = 0; i < a.runs.size(); ++i) {
        const RunRecord &x = a.runs[i], &y = b.runs[i];
        QCOMPARE(x.id, y.id);
        QCOMPARE(x.when, y.when);
        QVERIFY(x.sequence == y.sequence && x.donor == y.donor && x.shelf == y.shelf && x.choice == y.choice);
        QVERIFY(x.chosen == y.chosen && x.position == y.position && x.words == y.words && x.cuts == y.cuts);
        QVERIFY(x.uncut == y.uncut && x.cut == y.cut); // to the last bit
        QVERIFY(x.answerProb == y.answerProb && x.wrongProb == y.wrongProb);
    }
}

std::string fixture(const char* name) {
    QFile file(QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/sessions/") + QLatin1String(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

} // namespace

class TestSessionFile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void savedAndReadIsTheSame() {
        for (unsigned seed = 0; seed < 400; ++seed) {
            const SavedSession session = RandomSession(seed).draw();
            const std::string text = writeSession(session);
            const Result<ReadSession> read = readSession(text);
            QVERIFY2(read, read ? "" : read.error().text().c_str());
            QVERIFY(read->warnings.empty());
            compare(read->session, session);
            QCOMPARE(writeSession(read->session), text);
            if (QTest::currentTestFailed()) return;
        }
    }

    // One file of every version that was ever written.
    void everyVersionStaysReadable() {
        const Result<ReadSession> read = readSession(fixture("version_1.cutaway"));
        QVERIFY2(read, read ? "" : read.error().text().c_str());
        const SavedSession& session = read->session;
        QVERIFY(read->warnings.empty());
        QCOMPARE(session.model.path, std::string("demo"));
        QCOMPARE(session.sequence.text,
                 std::string("When Mary and John went to the store, John gave a drink to"));
        QCOMPARE(session.shelf.cards.size(), std::size_t(2));
        QCOMPARE(printCut(session.shelf.cards[0].cut), std::string("zero:L0H6"));
        QCOMPARE(printCut(session.shelf.cards[1].cut), std::string("patch:blocks.1.hook_resid_post@last"));
        QVERIFY(!session.shelf.cards[1].enabled);
        QVERIFY(session.donor.present);
        QCOMPARE(session.runs.size(), std::size_t(1));
        QCOMPARE(session.view.tab, std::string("lens"));
        QCOMPARE(session.set.size(), 2);
    }

    void migrationsRunInOrder() {
        static const auto rename = [](nlohmann::json& document) -> Status {
            document["prompt"] = document.at("text");
            document.erase("text");
            return {};
        };
        const std::vector<Migration> steps{
            [](nlohmann::json& document) -> Status { return rename(document); },
            [](nlohmann::json& document) -> Status {
                document["prompt"] = {{"text", document["prompt"]}};
                return {};
            },
        };
        nlohmann::json first{{"cutaway_session", 1}, {"text", "x"}};
        QVERIFY(migrate(first, steps));
        QVERIFY(first == nlohmann::json({{"cutaway_session", 3}, {"prompt", {{"text", "x"}}}}));
        nlohmann::json second{{"cutaway_session", 2}, {"prompt", "x"}};
        QVERIFY(migrate(second, steps));
        QVERIFY(second["prompt"]["text"] == "x");
        nlohmann::json later{{"cutaway_session", 4}};
        const Status refused = migrate(later, steps);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QVERIFY(refused.error().message.find("newer") != std::string::npos);
    }

    void whatIsNoSessionIsRefused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("names"); // what the sentence says
        const auto row = [](const char* name, const QByteArray& text, const char* names) {
            QTest::newRow(name) << text << QString::fromLatin1(names);
        };
        row("empty", "", "JSON");
        row("no JSON", "hello", "JSON");
        row("no object", "[1]", "no session");
        row("no version", "{}", "no session");
        row("version in words", R"({"cutaway_session":"1"})", "no session");
        row("version to come", R"({"cutaway_session":99})", "newer");
        row("version 0", R"({"cutaway_session":0})", "version 0");
        row("huge version", R"({"cutaway_session":1e300})", "no session");
        row("deep", "{\"cutaway_session\":1,\"view\":" + QByteArray(200, '[') + QByteArray(200, ']') + "}",
            "nested");
        row("duplicate key", R"({"cutaway_session":1,"cards":[],"cards":[]})", "twice");
        row("cards no list", R"({"cutaway_session":1,"cards":{}})", "cards");
        row("card no object", R"({"cutaway_session":1,"cards":[5]})", "cards");
        row("two of an id",
            R"({"cutaway_session":1,"cards":[{"id":1,"cut":"zero:L0"},{"id":1,"cut":"zero:L1"}]})", "id 1");
        row("negative id", R"({"cutaway_session":1,"cards":[{"id":-4,"cut":"zero:L0"}]})", "id");
        row("anchor of words", R"({"cutaway_session":1,"cards":[{"cut":"zero:L0","anchor":["a"]}]})",
            "anchor");
        row("token out of range", R"({"cutaway_session":1,"prompt":{"tokens":[4294967296]}})", "prompt");
        row("more prompt than tokens", R"({"cutaway_session":1,"prompt":{"tokens":[1],"prompt_tokens":2}})",
            "prompt_tokens");
        row("ties", R"({"cutaway_session":1,"donor":{"text":"x","ties":[[1,2]]}})", "tie");
        row("unknown mode", R"({"cutaway_session":1,"view":{"mode":"sideways"}})", "mode");
        row("empty set", R"({"cutaway_session":1,"set":{"name":"x","prompts":[]}})", "set");
        row("set past its end", R"({"cutaway_session":1,"set":{"prompts":[{"prompt":"a"}],"current":1}})",
            "current");
        row("half a path", R"({"cutaway_session":1,"model":{"path_bytes":"abc"}})", "path_bytes");
        row("answer of objects", R"({"cutaway_session":1,"answer":[{}]})", "answer");
        row("history of words", R"({"cutaway_session":1,"history":["x"]})", "history");
    }
    void whatIsNoSessionIsRefused() {
        QFETCH(QByteArray, text);
        QFETCH(QString, names);
        const Result<ReadSession> read = readSession(text.toStdString());
        QVERIFY(!read);
        QVERIFY2(QString::fromStdString(read.error().message).contains(names), read.error().message.c_str());
    }

    void whatIsNotUnderstoodIsKeptAndTold() {
        const Result<ReadSession> read = readSession(
            R"({"cutaway_session":1,"later":5,"cards":[{"id":3,"cut":"zero:L0"},{"id":4,"cut":"melt:L9","hot":1}]})");
        QVERIFY2(read, read ? "" : read.error().text().c_str());
        QCOMPARE(read->session.shelf.cards.size(), std::size_t(1));
        QCOMPARE(read->warnings.size(), std::size_t(2));
        QVERIFY(read->warnings[0].find("'later'") != std::string::npos);
        QVERIFY(read->warnings[1].find("melt:L9") != std::string::npos);
        // Saved again it is still there.
        const Result<ReadSession> again = readSession(writeSession(read->session));
        QVERIFY(again && again->session.unread.size() == 1);
        QVERIFY(again->session.unread.front()["hot"] == 1);
    }

    void historyTakesWhatWasSaved() {
        RunHistory history;
        SavedSession session = RandomSession(3).draw();
        session.runs.resize(2);
        session.runs[0].id = 7;
        session.runs[1].id = 9;
        history.restore(session.runs, 9);
        QCOMPARE(history.pinned()->id, 9);
        RunRecord next;
        next.sequence.text = "another";
        QCOMPARE(history.add(next), 10);
    }
};

QTEST_GUILESS_MAIN(TestSessionFile)
#include "tst_session_file.moc"
