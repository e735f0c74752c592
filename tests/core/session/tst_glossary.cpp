// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/glossary.h"

#include "core/types/cut.h"
#include "tests/support/shared_files.h"

#include <QDirIterator>
#include <QRegularExpression>
#include <QTemporaryFile>
#include <QtTest>

#include <set>

using namespace cutaway;
using session::Glossary;
using session::GlossaryEntry;

/// The file of terms: read with care, complete, and used.
class TestGlossary : public QObject {
    Q_OBJECT

private:
    static std::string file() { return std::string(CUTAWAY_SOURCE_DIR) + "/resources/glossary.json"; }
    static Result<Glossary> readText(const QByteArray& text) {
        QTemporaryFile file;
        file.open();
        file.write(text);
        file.flush();
        return Glossary::read(file.fileName().toStdString());
    }

    /// Every text of a source that stands in quotes and is an id by its look.
    static std::set<std::string> quoted() {
        std::set<std::string> found;
        static const QRegularExpression word(QStringLiteral("\"([a-z][a-z_]*)\""));
        for (const char* folder : {"app/gui", "widgets"}) {
            QDirIterator files(QStringLiteral(CUTAWAY_SOURCE_DIR "/") + folder, {"*.cpp", "*.h"}, QDir::Files,
                               QDirIterator::Subdirectories);
            while (files.hasNext()) {
                QFile source(files.next());
                source.open(QIODevice::ReadOnly);
                auto words = word.globalMatch(QString::fromUtf8(source.readAll()));
                while (words.hasNext())
                    found.insert(words.next().captured(1).toStdString());
            }
        }
        return found;
    }

private Q_SLOTS:
    void itReads() {
        const Result<Glossary> glossary = Glossary::read(file());
        QVERIFY2(glossary.has_value(), glossary ? "" : glossary.error().text().c_str());
        QVERIFY(glossary->entries().size() > 40);
        const GlossaryEntry* entry = glossary->find("logit_difference");
        QVERIFY(entry && entry->name == "logit difference" && !entry->plain.empty() &&
                !entry->formula.empty());
        QVERIFY(glossary->find("no_such_term") == nullptr);
    }

    /// What the program asks for by name is there.
    void everyIdAskedForIsThere() {
        const Glossary glossary = Glossary::read(file()).value();
        static const QRegularExpression asked(
            QStringLiteral("\\b(?:term|termTip|start\\(term|explainTerm)\\(\"([a-z_]+)\"\\)"));
        int found = 0;
        QDirIterator files(QStringLiteral(CUTAWAY_SOURCE_DIR "/app/gui"), {"*.cpp"}, QDir::Files);
        while (files.hasNext()) {
            QFile source(files.next());
            QVERIFY(source.open(QIODevice::ReadOnly));
            auto ids = asked.globalMatch(QString::fromUtf8(source.readAll()));
            while (ids.hasNext()) {
                const std::string id = ids.next().captured(1).toStdString();
                QVERIFY2(glossary.find(id), id.c_str());
                ++found;
            }
        }
        QVERIFY(found >= 5);
    }

    /// No entry is a dead letter: the program names it, or one that it names refers to it.
    void everyEntryIsReached() {
        const Glossary glossary = Glossary::read(file()).value();
        const std::set<std::string> named = quoted();
        std::set<std::string> reached;
        const auto reach = [&](const auto& self, const std::string& id) -> void {
            if (!reached.insert(id).second) return;
            for (const std::string& next : glossary.find(id)->see)
                self(self, next);
        };
        for (const GlossaryEntry& entry : glossary.entries())
            if (named.contains(entry.id)) reach(reach, entry.id);
        for (const GlossaryEntry& entry : glossary.entries())
            QVERIFY2(reached.contains(entry.id), entry.id.c_str());
    }

    void everyKindHasAnEntry() {
        const Glossary glossary = Glossary::read(file()).value();
        for (const CutKind kind :
             {CutKind::Zero, CutKind::Mean, CutKind::Resample, CutKind::Scale, CutKind::Noise, CutKind::Set,
              CutKind::Patch, CutKind::Steer, CutKind::Freeze})
            QVERIFY2(glossary.find("kind_" + std::string(cutKindName(kind))), cutKindName(kind).data());
    }

    /// Texts a person reads: a sentence that ends, a true minus, no line breaks.
    void textsAreText() {
        const Glossary glossary = Glossary::read(file()).value();
        for (const GlossaryEntry& entry : glossary.entries()) {
            QVERIFY2(entry.plain.ends_with('.'), entry.id.c_str());
            QVERIFY2(entry.plain.size() < 400, entry.id.c_str());
            for (const std::string& text : {entry.plain, entry.formula}) {
                QVERIFY2(text.find('\n') == std::string::npos, entry.id.c_str());
                QVERIFY2(text.find(" - ") == std::string::npos, entry.id.c_str());
            }
        }
    }

    /// Formulas are those of the design, to the letter.
    void formulasAreTheDesigns() {
        const auto design = tests::sharedPath("design/terms.md");
        if (!design) QSKIP("the design's terms do not stand beside the checkout");
        QFile terms(QString::fromStdString(design->string()));
        QVERIFY(terms.open(QIODevice::ReadOnly));
        const std::string text = terms.readAll().toStdString();
        const Glossary glossary = Glossary::read(file()).value();
        const std::pair<const char*, const char*> same[] = {
            {"waterfall", "Δ = Σ_c (c′_c − c_c)·u / s′ + (1/s′ − 1/s)·Σ_c c_c·u"},
            {"attribution", "u = gain ⊙ (W_U[answer] − W_U[wrong])"},
            {"cut", "value = (1 − w)·own + w·(value under the cut)"},
            {"strength", "value = (1 − w)·own + w·(value under the cut)"},
            {"kl", "KL(uncut ‖ cut)"}};
        for (const auto& [id, formula] : same) {
            QVERIFY2(text.find(formula) != std::string::npos, id);
            QVERIFY2(glossary.find(id)->formula.find(formula) != std::string::npos, id);
        }
    }

    void badFilesAreRefused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("no JSON") << QByteArray("{") << "";
        QTest::newRow("no list") << QByteArray(R"({"entries": 3})") << "no glossary";
        QTest::newRow("more keys") << QByteArray(R"({"entries": [], "more": 1})") << "no glossary";
        QTest::newRow("no object") << QByteArray(R"({"entries": [1]})") << "no object";
        QTest::newRow("no plain words") << QByteArray(R"({"entries": [{"id":"a","name":"b"}]})") << "plain";
        QTest::newRow("empty") << QByteArray(R"({"entries": [{"id":"","name":"b","plain":"c"}]})") << "id";
        QTest::newRow("a number") << QByteArray(R"({"entries": [{"id":"a","name":"b","plain":3}]})")
                                  << "plain";
        QTest::newRow("unknown key") << QByteArray(
                                            R"({"entries": [{"id":"a","name":"b","plain":"c","x":1}]})")
                                     << "'x'";
        QTest::newRow("twice")
            << QByteArray(
                   R"({"entries": [{"id":"a","name":"b","plain":"c"},{"id":"a","name":"b","plain":"c"}]})")
            << "twice";
        QTest::newRow("to nowhere") << QByteArray(
                                           R"({"entries": [{"id":"a","name":"b","plain":"c","see":["z"]}]})")
                                    << "'z'";
        QTest::newRow("too long") << QByteArray("{\"entries\": [{\"id\":\"") + QByteArray(9000, 'a') + "\"}]}"
                                  << "";
    }
    void badFilesAreRefused() {
        QFETCH(QByteArray, text);
        QFETCH(QString, says);
        const Result<Glossary> glossary = readText(text);
        QVERIFY(!glossary);
        QVERIFY2(QString::fromStdString(glossary.error().message).contains(says),
                 glossary.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestGlossary)
#include "tst_glossary.moc"
