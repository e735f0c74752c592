// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/command_line.h"

#include "app/cli/options.h"
#include "app/cli/requests.h"
#include "core/types/cut_text.h"
#include "core/types/json_codec.h"
#include "tests/support/random_cut.h"

#include <QProcess>
#include <QtTest>

using namespace cutaway;
using namespace cutaway::app;
using session::CommandState;

namespace {

/// Texts that a shell or an option parser would like to read as something else.
const std::vector<std::string> nasty{"When Mary and John",
                                     "it's \"quoted\" and `run`",
                                     "$HOME ${x} $(rm -rf /) \\ \\n",
                                     "line one\nline two\r\n\ttab",
                                     "-x --prompt --",
                                     "--cut=zero:L0",
                                     "naïve 日本語 \xF0\x9F\x98\x80",
                                     "a=b",
                                     "=x",
                                     "B=other",
                                     "[1,2,3]",
                                     "[a]",
                                     "{\"json\": [1]}",
                                     "#comment",
                                     "~/x *.txt ? ! ; | & < >",
                                     "'",
                                     "''",
                                     "\"\"",
                                     " leading and trailing ",
                                     "%s %%",
                                     "\x01\x7f"};

} // namespace

/// A state as a command: the command line's own parser, a shell and the program itself read the same back.
class TestCommandLine : public QObject {
    Q_OBJECT

private:
    static CommandState drawn(tests::RandomCut& random) {
        const auto text = [&] { return nasty[static_cast<std::size_t>(random.below(int(nasty.size())))]; };
        const BosMode bos = static_cast<BosMode>(random.below(3));
        const auto input = [&]() -> TokenInput {
            if (random.chance(0.3)) return {std::vector<TokenId>{0, 5, random.below(50000)}, bos};
            return {text(), bos};
        };
        CommandState state;
        state.model = random.chance(0.5) ? "demo" : "/models/it's a \"model\" $1";
        RunRequest& request = state.request;
        request.input = input();
        if (random.chance(0.4)) request.donors["B"] = input();
        if (random.chance(0.2)) request.donors["other_2"] = input();
        for (int n = random.below(4); n > 0; --n)
            request.cuts.push_back(random.grammatical());
        for (int n = random.below(3); n > 0; --n)
            request.answer.push_back(random.chance(0.5) ? TokenChoice(text()) : TokenChoice(TokenId(12)));
        if (random.chance(0.5)) request.wrong = {text()};
        if (random.chance(0.3))
            request.allPositions = true;
        else if (random.chance(0.5))
            request.position = random.below(9) - 3;
        if (random.chance(0.2)) request.top = random.below(20);
        if (random.chance(0.3)) state.reference = "my prompts/it's.jsonl";
        if (random.chance(0.2)) state.dtype = "bf16";
        return state;
    }

    /// What the parser makes of a line's arguments.
    static Result<RunRequest> parsed(const std::vector<std::string>& arguments) {
        const Result<ParsedLine> line = parseOptions(arguments);
        if (!line) return fail(line.error());
        return requestOf(line->options);
    }

    /// Ids have no BOS rule of their own: the options give them that of the line.
    static RunRequest comparable(RunRequest request) {
        const auto plain = [](TokenInput& input) {
            if (!std::holds_alternative<std::string>(input.value)) input.bos = BosMode::PostProcessor;
        };
        plain(request.input);
        for (auto& [name, input] : request.donors)
            plain(input);
        return request;
    }

private Q_SLOTS:
    void theParserReadsItBack() {
        tests::RandomCut random(5);
        for (int i = 0; i < 2000; ++i) {
            const CommandState state = drawn(random);
            const auto arguments = session::commandArguments(state);
            QVERIFY2(arguments.has_value(), arguments ? "" : arguments.error().text().c_str());
            const auto line = session::commandLine(state);
            const Result<RunRequest> again = parsed(*arguments);
            QVERIFY2(again.has_value(), again ? "" : (again.error().text() + "\n" + *line).c_str());
            QVERIFY2(comparable(*again) == comparable(state.request), line->c_str());
            const Result<ParsedLine> options = parseOptions(*arguments);
            QCOMPARE(options->options.model, state.model);
            QCOMPARE(options->options.reference.value_or(""), state.reference);
            QCOMPARE(options->options.dtype, state.dtype);
        }
    }

    void aShellReadsItBack() {
        tests::RandomCut random(6);
        for (int i = 0; i < 150; ++i) {
            const CommandState state = drawn(random);
            const std::string line = *session::commandLine(state);
            QVERIFY(line.starts_with("cutaway-cli run "));
            QProcess shell;
            shell.start("/bin/sh", {"-c", QString::fromUtf8("printf '%s\\0' ") +
                                              QString::fromStdString(line.substr(line.find(' ')))});
            QVERIFY(shell.waitForFinished());
            std::vector<std::string> words;
            for (const QByteArray& word : shell.readAllStandardOutput().split('\0'))
                words.push_back(word.toStdString());
            words.pop_back();
            QVERIFY2(words == *session::commandArguments(state), line.c_str());
        }
    }

    void quotesOnlyWhereNeeded() {
        QCOMPARE(session::shellQuoted("mean:L3H1@14"), std::string("mean:L3H1@14"));
        QCOMPARE(session::shellQuoted(""), std::string("''"));
        QCOMPARE(session::shellQuoted("it's"), std::string("'it'\\''s'"));
        QCOMPARE(session::shellQuoted("#12"), std::string("'#12'"));
        CommandState state;
        state.model = "demo";
        state.request.input.value = std::string("When Mary");
        state.request.answer = {std::string(" Mary")};
        QCOMPARE(*session::commandLine(state),
                 std::string("cutaway-cli run demo --prompt 'When Mary' --answer ' Mary'"));
    }

    void whatALineCannotSay() {
        CommandState state;
        state.model = "demo";
        state.request.input.value = std::string("a\0b", 3);
        QVERIFY(!session::commandLine(state));
        state.request.input.value = std::string("a");
        state.request.donors["my donor"] = {std::string("b"), BosMode::PostProcessor};
        QVERIFY(!session::commandLine(state));
        state.request.donors = {{"B", {std::string("b"), BosMode::None}}};
        QVERIFY(!session::commandLine(state));
    }

    /// A line of --prompts says the same, its position too.
    void theRequestIsALineOfPrompts() {
        RunRequest request;
        request.input.value = std::string("When Mary");
        request.position = 1;
        const Result<RunRequest> again = runRequestFromJson(nlohmann::json::parse(toJson(request).dump()));
        QVERIFY(again.has_value());
        QVERIFY(*again == request);
        request.allPositions = true;
        QVERIFY(!toJson(request).contains("position"));
        const Result<RunRequest> both =
            runRequestFromJson(nlohmann::json::parse(R"({"prompt":"a","position":1,"positions":"all"})"));
        QVERIFY(!both);
    }

    void theProgramRunsIt() {
        const QString program = QCoreApplication::applicationDirPath() + "/../bin/cutaway-cli";
        if (!QFileInfo::exists(program)) QSKIP("cutaway-cli is not built");
        CommandState state;
        state.model = std::string(CUTAWAY_SOURCE_DIR) + "/resources/models/demo";
        state.request.input.value =
            std::string("When Mary and John went, it's \"$HOME\"\nJohn gave a drink to");
        state.request.answer = {std::string(" Mary")};
        state.request.wrong = {std::string(" John")};
        state.request.position = 9;
        state.request.cuts = {*parseCut("zero:L0H1")};
        state.more = {"--quiet"};
        const auto reply = [&](const std::string& line) {
            QProcess shell;
            QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
            environment.insert("PATH", QFileInfo(program).absolutePath() + ":" + environment.value("PATH"));
            shell.setProcessEnvironment(environment);
            shell.start("/bin/sh", {"-c", QString::fromStdString(line)});
            shell.waitForFinished(120 * 1000);
            return nlohmann::json::parse(shell.readAllStandardOutput().toStdString(), nullptr, false);
        };
        const nlohmann::json said = reply(*session::commandLine(state));
        QVERIFY(said.is_object());
        QCOMPARE(said.at("cuts"), nlohmann::json({"zero:L0H1"}));
        QCOMPARE(said.at("positions").at(0).at("position").get<int>(), 9);
        // The same as a line of --prompts, and the position's own place in a run of all.
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write(QByteArray::fromStdString(toJson(state.request).dump()) + "\n");
        file.flush();
        const nlohmann::json line = reply("cutaway-cli run " + session::shellQuoted(state.model) +
                                          " --quiet --prompts " + file.fileName().toStdString());
        QVERIFY(line.is_object());
        // Which route multiplies is measured at opening: two processes may round otherwise.
        QVERIFY(std::abs(line.at("logit_diff").get<double>() - said.at("logit_diff").get<double>()) < 1e-4);
        state.request.position = -1;
        state.request.allPositions = true;
        const nlohmann::json all = reply(*session::commandLine(state));
        const auto& there = all.at("positions").at(9).at("top").at(0);
        const auto& alone = said.at("positions").at(0).at("top").at(0);
        QCOMPARE(there.at("id"), alone.at("id"));
        QVERIFY(std::abs(there.at("logit").get<double>() - alone.at("logit").get<double>()) < 1e-4);
        // another position
        QVERIFY(std::abs(all.at("logit_diff").get<double>() - said.at("logit_diff").get<double>()) > 1e-2);
    }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
