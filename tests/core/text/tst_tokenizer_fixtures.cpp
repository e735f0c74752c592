// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"
#include "core/types/json_front.h"

#include <QtTest>

using namespace cutaway;
using namespace cutaway::text;
namespace fs = std::filesystem;

namespace {

fs::path fixtures() {
    return fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/tokenizers";
}

std::shared_ptr<const Tokenizer> tokenizerOf(const std::string& name) {
    const auto tokenizer = Tokenizer::load(fixtures() / name);
    return tokenizer ? *tokenizer : nullptr;
}

/// What a case leaves out equals what stands before it (tests/golden/make_tokenizers.py).
nlohmann::json filled(nlohmann::json item) {
    constexpr std::pair<const char*, const char*> defaults[] = {
        {"plain", "ids"}, {"decoded", "text"}, {"skipped", "decoded"}};
    for (const auto& [key, before] : defaults)
        if (!item.contains(key) && item.contains(before)) item[key] = item[before];
    return item;
}

std::string said(const char* what, const nlohmann::json& item, const nlohmann::json& got) {
    return std::string(what) + " of " + item.dump() + " is " + got.dump();
}

/// The first thing in which the tokenizer and the case differ; empty where there is none.
std::string difference(const Tokenizer& tokenizer, const nlohmann::json& item) {
    const auto ids = item["ids"].get<std::vector<TokenId>>();
    if (item.contains("text")) {
        const auto text = item["text"].get<std::string>();
        const auto whole = tokenizer.encode(text);
        const auto plain = tokenizer.encode(text, BosMode::None);
        if (!whole || !plain) return said("an encoding", item, nullptr);
        if (*whole != ids) return said("ids", item, *whole);
        if (*plain != item["plain"].get<std::vector<TokenId>>()) return said("plain", item, *plain);
    }
    if (tokenizer.decode(ids, false) != item["decoded"].get<std::string>())
        return said("decoded", item, tokenizer.decode(ids, false));
    if (tokenizer.decode(ids, true) != item["skipped"].get<std::string>())
        return said("skipped", item, tokenizer.decode(ids, true));
    return {};
}

std::string bytesOfAll(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
    std::string bytes;
    for (const TokenId id : ids)
        bytes += tokenizer.tokenBytes(id);
    return bytes;
}

} // namespace

/// Small tokenizers in the styles of the families: ids and texts as the reference implementation gives them,
/// exactly.
class TestTokenizerFixtures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cases_data() {
        QTest::addColumn<QString>("name");
        for (const auto& entry : fs::directory_iterator(fixtures()))
            QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().filename());
    }
    void cases() {
        QFETCH(QString, name);
        const fs::path folder = fixtures() / name.toStdString();
        const auto tokenizer = Tokenizer::load(folder);
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : tokenizer.error().text().c_str());
        const auto cases = readJsonFile(folder / "cases.json", {}, "test");
        QVERIFY(cases && cases->size() > 60);
        for (const auto& item : *cases) {
            const std::string off = difference(**tokenizer, filled(item));
            QVERIFY2(off.empty(), off.c_str());
        }
    }

    void descriptions() {
        QCOMPARE(tokenizerOf("llama3")->description().substr(0, 16), std::string("byte-level BPE, "));
        QCOMPARE(tokenizerOf("gemma")->description().substr(0, 24), std::string("BPE with byte fallback, "));
        QCOMPARE(tokenizerOf("bert_cased")->description().substr(0, 11), std::string("WordPiece, "));
        QCOMPARE(tokenizerOf("unigram_metaspace")->description().substr(0, 9), std::string("unigram, "));
    }

    void tokensInTheMiddleOfATextSpellIt() {
        struct Row {
            const char *name, *text, *bytes;
        };
        const Row rows[] = {{"gpt2", "The quick\n\xC3\xA9", "The quick\n\xC3\xA9"},
                            {"gemma", "The \xE2\x82\xAC quick", "The \xE2\x82\xAC quick"},
                            {"llama2", "The quick", " The quick"},
                            {"unigram_metaspace", "The quick", " The quick"},
                            {"bert_uncased",
                             "The Foxes, \xC3\xBC"
                             "berall.",
                             " the foxes, uberall."},
                            {"word_ends", "Said so.", "said so . "}};
        for (const Row& row : rows) {
            const auto tokenizer = tokenizerOf(row.name);
            QVERIFY2(tokenizer, row.name);
            const std::string bytes = bytesOfAll(*tokenizer, *tokenizer->encode(row.text, BosMode::None));
            QVERIFY2(bytes == row.bytes, (row.name + (": " + bytes)).c_str());
        }
    }

    /// Long words and runs stay quick, whatever the model.
    void longTextsDoNotHang() {
        for (const char* name :
             {"unigram_metaspace", "unigram_nmt", "bert_uncased", "llama2", "odd_parts", "roberta"}) {
            const auto tokenizer = tokenizerOf(name);
            QVERIFY2(tokenizer, name);
            for (const char* part : {"a", " ", "\xCC\x81", "<mask>", "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD"}) {
                std::string text;
                while (text.size() < 200000)
                    text += part;
                QElapsedTimer clock;
                clock.start();
                QVERIFY2(tokenizer->encode(text).has_value(), name);
                QVERIFY2(clock.elapsed() < 20000, name); // a second; quadratic it would be minutes
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTokenizerFixtures)
#include "tst_tokenizer_fixtures.moc"
