// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include "core/text/utf8.h"
#include "core/types/json_front.h"
#include "tests/support/shared_files.h"

#include <QTemporaryDir>
#include <QtTest>

#include <fstream>
#include <random>

using namespace cutaway;
using namespace cutaway::text;
namespace fs = std::filesystem;

namespace {

/// JSON written with ' for ": raw strings confuse Qt's meta-object compiler.
nlohmann::json quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return nlohmann::json::parse(text);
}

nlohmann::json smallBpe() {
    return quoted(
        "{'model':{'type':'BPE','vocab':{'a':0,'b':1,'c':2,'ab':3,'abc':4,'<s>':5},'merges':['a b','ab c']},"
        "'added_tokens':[{'id':5,'content':'<s>','special':true}]}");
}

std::string randomText(std::mt19937& random) {
    const char32_t ranges[][2] = {{32, 127},      {0, 32},          {0xA0, 0x24F},
                                  {0x370, 0x3FF}, {0x4E00, 0x4E80}, {0x1F600, 0x1F64F},
                                  {0x300, 0x340}, {0x2000, 0x200F}};
    std::string text;
    for (int n = int(random() % 60); n > 0; --n) {
        const auto& range = ranges[random() % 2 ? 0 : random() % 8];
        text += encodeCodePoint(range[0] + static_cast<char32_t>(random()) % (range[1] - range[0]));
    }
    return text;
}

} // namespace

/// Tokenizers against the files' own authors' ids, and against files that are broken.
class TestTokenizer : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

    Result<std::shared_ptr<const Tokenizer>> load(const nlohmann::json& document) {
        const fs::path path = fs::path(m_folder.path().toStdString()) / "tokenizer.json";
        std::ofstream(path) << document.dump();
        return Tokenizer::load(path);
    }

private Q_SLOTS:
    void publishedCases_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("gpt2") << "gpt2";
        QTest::newRow("gpt-neox") << "gpt-neox";
    }
    void publishedCases() {
        QFETCH(QString, name);
        const auto folder = tests::sharedPath("tokenizers/" + name.toStdString());
        if (!folder) QSKIP("no tokenizers beside the checkout");
        const auto tokenizer = Tokenizer::load(*folder);
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : tokenizer.error().text().c_str());
        const auto cases = readJsonFile(*folder / "cases.json", {}, "test");
        QVERIFY(cases->size() == 47);
        for (const auto& item : *cases) {
            const auto ids = (*tokenizer)->encode(item["text"].get<std::string>(), BosMode::None);
            QVERIFY2(*ids == item["ids"].get<std::vector<TokenId>>(),
                     item["text"].get<std::string>().c_str());
        }
    }

    void byteLevelTokensSpellTheText() {
        const auto folder = tests::sharedPath("tokenizers/gpt2");
        if (!folder) QSKIP("no tokenizers beside the checkout");
        const auto tokenizer = *Tokenizer::load(*folder);
        std::mt19937 random(3);
        for (int i = 0; i < 3000; ++i) {
            const std::string text = randomText(random);
            const auto ids = tokenizer->encode(text);
            QVERIFY(ids.has_value());
            std::string bytes;
            for (const TokenId id : *ids)
                bytes += tokenizer->tokenBytes(id);
            QVERIFY2(bytes == text, text.c_str());
            QCOMPARE(tokenizer->decode(*ids, false), text);
        }
        QCOMPARE(*tokenizer->tokenFor(" Mary"), 5335);
        QVERIFY(!tokenizer->tokenFor(" Maryland is").has_value());
        QVERIFY(tokenizer->tokenFor(tokenizer->nearestToken(" Marry")).has_value());
        QCOMPARE(QString::fromStdString(tokenizer->description()), QStringLiteral("byte-level BPE, 50257"));
        QCOMPARE(tokenizer->encode("a<|endoftext|>b")->size(), std::size_t(3));
        QVERIFY(tokenizer->isSpecial(50256));
        QCOMPARE(tokenizer->piece(94).text, std::string("\xEF\xBF\xBD"));
    }

    void sentencePieceStyle() {
        const auto folder = tests::sharedPath("models/stories260k");
        if (!folder) QSKIP("no models beside the checkout");
        const auto tokenizer = *Tokenizer::load(*folder);
        const std::string text = "Once upon a time, there was \xE2\x98\x83\nend";
        const auto ids = *tokenizer->encode(text);
        QCOMPARE(ids.front(), 1);
        QCOMPARE(tokenizer->decode(ids, true), text);
        QCOMPARE(tokenizer->encode(text, BosMode::None)->size() + 1, ids.size());
        QCOMPARE(*tokenizer->encode(text, BosMode::Force), ids);
        QCOMPARE(*tokenizer->bos(), 1);
        QCOMPARE(tokenizer->endOfText(), std::vector<TokenId>{2});
        QVERIFY(tokenizer->tokenFor("\n").has_value());
        QVERIFY(tokenizer->warnings().empty());
    }

    void longTextsDoNotHang() {
        const auto folder = tests::sharedPath("tokenizers/gpt2");
        if (!folder) QSKIP("no tokenizers beside the checkout");
        const auto tokenizer = *Tokenizer::load(*folder);
        QCOMPARE(tokenizer->decode(*tokenizer->encode(std::string(2000000, 'a')), false).size(),
                 std::size_t(2000000));
        QCOMPARE(tokenizer->decode(*tokenizer->encode(std::string(500000, ' ')), false).size(),
                 std::size_t(500000));
    }

    void refusedText() {
        const auto tokenizer = *load(smallBpe());
        for (const std::string& bad : {std::string("a\xED\xA0\x80"), std::string("\xC0\x80"),
                                       std::string("a\xFF"), std::string("\xE2\x98")}) {
            const auto ids = tokenizer->encode(bad);
            QVERIFY(!ids.has_value());
            QCOMPARE(ids.error().code, ErrorCode::Usage);
        }
        QVERIFY(tokenizer->encode("").value().empty());
        QCOMPARE(*tokenizer->encode("abcab<s>c"), (std::vector<TokenId>{4, 3, 5, 2}));
        QVERIFY(!tokenizer->encode("a", BosMode::Force).has_value());
    }

    void refusedFiles_data() {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* patch, const char* says) { QTest::newRow(says) << patch << says; };
        row("{'model':{'merges':['a d']}}", "not in the vocabulary");
        row("{'model':{'merges':['b c']}}", "makes a token");
        row("{'model':{'merges':['a b','a b']}}", "stands twice");
        row("{'model':{'merges':['ab']}}", "no pair");
        row("{'model':{'merges':[' a']}}", "empty side");
        row("{'model':{'vocab':{'x':-1}}}", "'x' has the id -1");
        row("{'model':{'vocab':{'x':3}}}", "two tokens have the id 3");
        row("{'model':{'vocab':{'x':99999999}}}", "99999999");
        row("{'model':{'type':'Unigram'}}", "expected a list of tokens");
        row("{'model':{'type':'Neural'}}", "'Neural' is not supported");
        row("{'normalizer':{'type':'Spelling'}}", "'Spelling' is not supported");
        row("{'normalizer':{'type':'Precompiled'}}", "no text 'precompiled_charsmap'");
        row("{'normalizer':{'type':'Precompiled','precompiled_charsmap':'!!!!'}}", "no base64");
        row("{'normalizer':{'type':'Precompiled','precompiled_charsmap':''}}", "too short");
        row("{'normalizer':{'type':'Precompiled','precompiled_charsmap':'/////w=='}}", "1073741823 units");
        row("{'pre_tokenizer':{'type':'Syllables'}}", "'Syllables' is not supported");
        row("{'pre_tokenizer':{'type':'Metaspace','replacement':'_','prepend_scheme':'often'}}",
            "prepend_scheme 'often'");
        row("{'pre_tokenizer':{'type':'CharDelimiterSplit','delimiter':'ab'}}", "not one character");
        row("{'pre_tokenizer':{'type':'Split','pattern':{'Regex':'[a-z&&[^b]]'},'behavior':'Isolated'}}",
            "cuts one set");
        row("{'pre_tokenizer':{'type':'Split','pattern':{'Regex':'a{2,3}+'},'behavior':'Isolated'}}",
            "repeats a counted");
        row("{'pre_tokenizer':{'type':'Split','pattern':{'Regex':'(?im:a)'},'behavior':'Isolated'}}",
            "option m");
        row("{'pre_tokenizer':{'type':'Split','pattern':{'Regex':'(a'},'behavior':'Isolated'}}",
            "does not compile");
        row("{'decoder':{'type':'CTC'}}", "'CTC' is not supported");
        row("{'post_processor':{'type':'BertProcessing'}}", "no token with an id as 'cls'");
        row("{'post_processor':{'type':'RobertaProcessing','cls':['<s>',5],'sep':['</s>',6]}}", "the id 6");
        row("{'added_tokens':[{'id':0,'content':'<s>'}]}", "of the token 'a'");
        row("{'added_tokens':[{'id':-3,'content':'<s>'}]}", "no id");
        row("{'model':{'fuse_unk':'yes'}}", "wrong type");
        row("{'post_processor':{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'<s>'}},{'"
            "Sequence':{'id':'A'}}],'special_tokens':{'<s>':{'ids':[77]}}}}",
            "77");
    }
    void refusedFiles() {
        QFETCH(QString, patch);
        QFETCH(QString, says);
        nlohmann::json document = smallBpe();
        document.merge_patch(quoted(patch.toStdString()));
        const auto tokenizer = load(document);
        QVERIFY(!tokenizer.has_value());
        QVERIFY2(QString::fromStdString(tokenizer.error().message).contains(says),
                 tokenizer.error().message.c_str());
    }

    void endlessPatternsGiveUp() {
        nlohmann::json document = smallBpe();
        document["pre_tokenizer"] =
            quoted("{'type':'Split','pattern':{'Regex':'(a+)+$'},'behavior':'Isolated'}");
        const auto tokenizer = *load(document);
        const auto ids = tokenizer->encode(std::string(200, 'a') + "b");
        QVERIFY(!ids.has_value());
        QVERIFY(ids.error().message.find("gave up") != std::string::npos);
        // Each match stays below its limit; all of them together do not end.
        document["pre_tokenizer"] =
            quoted("{'type':'Split','pattern':{'Regex':'(a+)+$|a+!'},'behavior':'Isolated'}");
        std::string text;
        for (int i = 0; i < 20000; ++i)
            text += std::string(18, 'a') + '!';
        QElapsedTimer clock;
        clock.start();
        const auto many = (*load(document))->encode(text);
        QVERIFY(!many.has_value());
        QVERIFY(many.error().message.find("gave up") != std::string::npos);
        QVERIFY(clock.elapsed() < 20000); // 3 s where nothing else runs; without an end it is minutes
    }

    /// Where the files' dialect of patterns and PCRE2's differ; the pieces as Oniguruma 6.9 cuts them.
    void patternsAreOniguruma_data() {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("pieces");
        const auto row = [](const char* pattern, const char* text, const char* pieces) {
            QTest::newRow(pattern) << pattern << text << pieces;
        };
        row("[a[b]-z]+", "ab-zc", "ab-z,c");
        row("[^(a[b])]+", "cd(ab)e", "cd,(ab),e");
        row("a{1,2}+", "aaaab", "aaaa,b");
        row("a{,2}", "aaab", "aa,a,b");
        row("^a", "ba\na", "ba\n,a");
        row("(?=\\d)", "ab12c", "ab,1,2c");
        row("\\h+", "xyzabcfg", "xyz,abcf,g");
        row("\\w+", "a-\302\262_!", "a,-,\302\262_,!");
        row("[\\w]+", "a\302\262", "a,\302\262");
        row("\\s+", "a\341\240\216b\302\205c", "a\341\240\216b,\302\205,c");
        row("\\b", "ab c\314\201!", "ab, ,c\314\201,!");
    }
    void patternsAreOniguruma() {
        QFETCH(QString, pattern);
        QFETCH(QString, text);
        QFETCH(QString, pieces);
        nlohmann::json document = quoted("{'model':{'type':'WordLevel','vocab':{'?':0},'unk_token':'?'},'pre_"
                                         "tokenizer':{'type':'Split','pattern':"
                                         "{},'behavior':'Isolated'}}");
        document["pre_tokenizer"]["pattern"]["Regex"] = pattern.toStdString();
        int id = 1;
        for (const QString& piece : pieces.split(','))
            if (!document["model"]["vocab"].contains(piece.toStdString()))
                document["model"]["vocab"][piece.toStdString()] = id++;
        const auto tokenizer = load(document);
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : tokenizer.error().message.c_str());
        QStringList found;
        const auto ids = (*tokenizer)->encode(text.toStdString());
        QVERIFY(ids.has_value());
        for (const TokenId token : *ids)
            found.append(QString::fromStdString((*tokenizer)->tokenBytes(token)));
        QCOMPARE(found.join(','), pieces);
    }

    void wordLevel() {
        const auto tokenizer =
            *load(quoted("{'model':{'type':'WordLevel','vocab':{'[UNK]':0,'the':1,'cat':2,'.':3},'unk_token':"
                         "'[UNK]'},'pre_tokenizer':{'type':'Whitespace'}}"));
        QCOMPARE(*tokenizer->encode("the  cat sat."), (std::vector<TokenId>{1, 2, 0, 3}));
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{1, 2, 3}, false), std::string("the cat ."));
    }

    /// What looks like the token of a byte and is none is text; the texts as the package tokenizers 0.23
    /// decodes them.
    void malformedByteTokens_data() {
        QTest::addColumn<QString>("token");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* token, const char* text) { QTest::newRow(token) << token << text; };
        row("<0x41>", "A");
        row("<0x4a>", "J");
        row("<0x+4>", "\4");
        row("<0xGG>", "<0xGG>");
        row("<0x4>", "<0x4>");
        row("<0x123>", "<0x123>");
        row("<0X41>", "<0X41>");
        row("<0x 4>", "<0x 4>");
        row("<0x-1>", "<0x-1>");
    }
    void malformedByteTokens() {
        QFETCH(QString, token);
        QFETCH(QString, text);
        nlohmann::json document =
            quoted("{'model':{'type':'BPE','vocab':{'a':0},'merges':[],'byte_fallback':true},'decoder':"
                   "{'type':'Sequence','decoders':[{'type':'ByteFallback'},{'type':'Fuse'}]}}");
        document["model"]["vocab"][token.toStdString()] = 1;
        const auto tokenizer = load(document);
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : tokenizer.error().message.c_str());
        QCOMPARE((*tokenizer)->decode(std::vector<TokenId>{0, 1, 0}, false), "a" + text.toStdString() + "a");
        // Not every byte has a token: such a character is dropped, as nothing stands for the unknown.
        QCOMPARE(*(*tokenizer)->encode("a\xC3\xA9"), std::vector<TokenId>{0});
    }
    /// A byte-level token with a letter that stands for no byte is the text it is (as in tokenizers 0.23).
    void lettersThatAreNoBytes() {
        const auto tokenizer =
            *load(quoted("{'model':{'type':'BPE','vocab':{'a':0,'\xE2\x82\xAC':1,'\xC4\xA0\xE2\x82\xAC':2,"
                         "'\xC4\xA0"
                         "a':3},'merges':[]},'decoder':{'type':'ByteLevel'}}"));
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{1}, false), std::string("\xE2\x82\xAC"));
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{0, 2}, false), std::string("a\xC4\xA0\xE2\x82\xAC"));
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{0, 3}, false), std::string("a a"));
    }

    void esmFolders() {
        QTemporaryDir folder;
        const fs::path path = folder.path().toStdString();
        std::ofstream(path / "vocab.txt") << "<cls>\n<pad>\n<eos>\n<unk>\nL\n A \nG\n<mask>\n";
        QVERIFY(!Tokenizer::load(path).has_value());
        std::ofstream(path / "tokenizer_config.json")
            << R"({"tokenizer_class":"EsmTokenizer","cls_token":"<cls>","eos_token":"<eos>",
                "model_max_length":1000000000000000019884624838656})";
        const auto tokenizer = Tokenizer::load(path);
        QVERIFY(tokenizer.has_value());
        QVERIFY((*tokenizer)->warnings().empty());
        QCOMPARE((*tokenizer)->endOfText(), std::vector<TokenId>{2});
        QCOMPARE(*(*tokenizer)->encode("LA<mask>G xyL\n"), (std::vector<TokenId>{0, 4, 5, 7, 6, 3, 4, 2}));
        QCOMPARE((*tokenizer)->decode(std::vector<TokenId>{0, 4, 5, 2}, false),
                 std::string("<cls> L A <eos>"));
        QCOMPARE((*tokenizer)->decode(std::vector<TokenId>{0, 4, 5, 2}, true), std::string("L A"));
    }

    void invalidUtf8IsShownHonestly() {
        QCOMPARE(replaceInvalid("a\xE2\x98"
                                "b"),
                 std::string("a\xEF\xBF\xBD"
                             "b"));
        QCOMPARE(replaceInvalid("\xF0\x9F\x98\x80"), std::string("\xF0\x9F\x98\x80"));
        QCOMPARE(replaceInvalid("\xED\xA0\x80").size(), std::size_t(9));
    }
};

QTEST_GUILESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"
