// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/corpus.h"
#include "core/training/corpus/words.h"

#include <QFile>
#include <QtTest>

#include <algorithm>
#include <set>
#include <unordered_set>

using namespace cutaway::training;

namespace {

std::vector<std::string> linesOf(const Task& task, std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<std::string> lines;
    while (lines.size() < count)
        lines.push_back(task.line(random));
    return lines;
}

} // namespace

class CorpusTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linesFollowFromTheSeed() {
        const Corpus corpus, again;
        Random a(5), b(5), c(6);
        int different = 0;
        for (int i = 0; i < 500; ++i) {
            const std::string line = corpus.line(a);
            QCOMPARE(line, again.line(b));
            different += line != corpus.line(c);
        }
        QVERIFY(different > 450);
    }

    /// What is shipped beside the model to make prompts like one is what the corpus was made of.
    void shippedWordsAreTheCorpus() {
        QFile file(QStringLiteral(CUTAWAY_SOURCE_DIR "/resources/models/demo/words.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().toStdString(), wordClassesJson());
    }
    void everyTaskWritesOneLine_data() { eachTask(); }
    void everyTaskWritesOneLine() {
        for (const std::string& line : linesOf(task(), 200, 3)) {
            QVERIFY(!line.empty());
            QVERIFY2(line.find_first_of("\n{<") == std::string::npos || task().name() == "brackets",
                     line.c_str());
        }
    }

    /// What is asked never stands in the training text of its task: no line holds prompt and answer.
    void heldOutQuestionsAreNeverTold_data() { eachTask(); }
    void heldOutQuestionsAreNeverTold() {
        if (!task().asks() || task().name() == "induction") return; // random sequences: none is told twice
        std::unordered_set<std::string> told;
        std::set<std::size_t> lengths;
        const Corpus corpus;
        const std::vector<TaskItem> items = corpus.items(task(), 400, 9);
        for (const TaskItem& item : items)
            for (const std::string& answer : item.answers)
                lengths.insert(item.prompt.size() + answer.size());
        // Every prefix of such a length of every line, and of every part of a line that begins a sum.
        const auto add = [&](std::string_view text) {
            for (const std::size_t length : lengths)
                if (length <= text.size()) told.emplace(text.substr(0, length));
        };
        auto lines = linesOf(task(), 40'000, 21);
        for (std::string& line : linesOf(*corpus.task("number_line"), 20'000, 22))
            lines.push_back(std::move(line)); // tells sums as well
        for (const std::string& line : lines) {
            add(line);
            for (std::size_t at = line.find(". The sum:"); at != std::string::npos;
                 at = line.find(". The sum:", at + 1))
                add(std::string_view(line).substr(at + 2));
        }
        for (const TaskItem& item : items)
            for (const std::string& answer : item.answers)
                QVERIFY2(!told.contains(item.prompt + answer), (item.prompt + answer).c_str());
    }

    void itemsFollowFromTheSeedAndHaveAnswers_data() { eachTask(); }
    void itemsFollowFromTheSeedAndHaveAnswers() {
        if (!task().asks()) return;
        const Corpus corpus;
        const auto items = corpus.items(task(), 50, 4), again = corpus.items(task(), 50, 4);
        QVERIFY(items.size() >= 15 && items.size() <= 50);
        QCOMPARE(items.size(), again.size());
        std::set<std::string> prompts;
        for (const TaskItem& item : items)
            prompts.insert(item.prompt);
        QCOMPARE(prompts.size(), items.size()); // none is asked twice
        for (std::size_t i = 0; i < items.size(); ++i) {
            QCOMPARE(items[i].prompt, again[i].prompt);
            QVERIFY(items[i].answers.empty() != items[i].continuation.empty());
            for (const std::string& wrong : items[i].wrongs)
                QVERIFY(std::count(items[i].answers.begin(), items[i].answers.end(), wrong) == 0);
        }
    }

    void reservedNamesStayOutOfIndirectObjects() {
        const Corpus corpus;
        const auto lines = linesOf(*corpus.task("indirect_objects"), 20'000, 8);
        QVERIFY(nameTexts(true).size() >= 16);
        for (const std::string& line : lines)
            for (const std::string& name : nameTexts(true))
                QVERIFY2(line.find(name + " ") == std::string::npos &&
                             line.find(name + ".") == std::string::npos,
                         line.c_str());
        // They are used elsewhere, or they would be mere noise.
        std::string rest;
        for (const std::string& line : linesOf(*corpus.task("name_copying"), 2'000, 8))
            rest += line + "\n";
        for (const std::string& name : nameTexts(true))
            QVERIFY(rest.find(name) != std::string::npos);
    }

    void bothOrdersOfNamesOccur() {
        int receiverFirst = 0;
        const Corpus corpus;
        const auto items = corpus.items(*corpus.task("indirect_objects"), 400, 2);
        for (const TaskItem& item : items)
            receiverFirst +=
                (" " + item.prompt).find(item.answers[0]) < (" " + item.prompt).find(item.wrongs[0]);
        QVERIFY(receiverFirst > 120 && receiverFirst < 280);
    }

    void samplesAreDistinctAndUniform() {
        Random random(11);
        std::vector<int> seen(20, 0), all(20);
        for (int i = 0; i < 20; ++i)
            all[static_cast<std::size_t>(i)] = i;
        for (int round = 0; round < 4000; ++round) {
            const auto drawn = random.sample(all, 5);
            QCOMPARE(std::set<int>(drawn.begin(), drawn.end()).size(), std::size_t(5));
            for (const int i : drawn)
                ++seen[static_cast<std::size_t>(i)];
        }
        for (const int count : seen)
            QVERIFY(count > 850 && count < 1150); // 1000 expected, deviation 27
    }

private:
    static const Corpus& shared() {
        static const Corpus corpus;
        return corpus;
    }
    static void eachTask() {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < shared().tasks().size(); ++i)
            QTest::newRow(std::string(shared().tasks()[i].task->name()).c_str()) << static_cast<int>(i);
    }
    static const Task& task() {
        QFETCH(int, index);
        return *shared().tasks()[static_cast<std::size_t>(index)].task;
    }
};

QTEST_GUILESS_MAIN(CorpusTest)
#include "tst_corpus.moc"
