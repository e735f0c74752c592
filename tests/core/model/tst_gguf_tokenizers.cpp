// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gguf/gguf_model.h"

#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <fstream>

using namespace cutaway;
namespace fs = std::filesystem;

/// Tokenizers inside GGUF files give the ids of the files they come from
/// (tests/golden/make_gguf_tokenizers.py).
class TestGgufTokenizers : public QObject {
    Q_OBJECT

    static fs::path root() { return fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/gguf_tokenizers"; }

private Q_SLOTS:
    void idsAreTheOriginals_data() {
        QTest::addColumn<QString>("name");
        for (const auto& item : fs::directory_iterator(root()))
            if (item.path().extension() == ".gguf")
                QTest::newRow(item.path().stem().c_str())
                    << QString::fromStdString(item.path().stem().string());
    }

    void idsAreTheOriginals() {
        QFETCH(QString, name);
        const auto tokenizer = model::loadTokenizer(root() / (name.toStdString() + ".gguf"));
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : tokenizer.error().message.c_str());
        std::ifstream in(root() / (name.toStdString() + ".json"));
        const nlohmann::json cases = nlohmann::json::parse(in);
        QVERIFY(cases.size() > 40);
        int different = 0;
        for (const nlohmann::json& item : cases) {
            const auto ids = (*tokenizer)->encode(item.at("text").get<std::string>());
            QVERIFY(ids.has_value());
            const bool same = *ids == item.at("ids").get<std::vector<TokenId>>();
            different += !same;
            if (!same) qWarning("%s", item.dump().substr(0, 400).c_str());
        }
        QCOMPARE(different, 0);
    }

    void masksAndEndsAreKnown() {
        const auto bert = model::loadTokenizer(root() / "bert_uncased.gguf");
        QVERIFY(bert.has_value());
        QVERIFY((*bert)->mask().has_value());
        QCOMPARE((*bert)->piece(*(*bert)->mask()).text, std::string("[MASK]"));
    }

    /// A file that calls something a byte which names none is refused, and says which token.
    void malformedByteTokens() {
        std::ifstream in(root() / "llama2.gguf", std::ios::binary);
        std::string bytes((std::istreambuf_iterator<char>(in)), {});
        const std::size_t at = bytes.find("<0x41>");
        QVERIFY(at != std::string::npos);
        bytes.replace(at, 6, "<0xGG>");
        QTemporaryDir folder;
        const fs::path file = fs::path(folder.path().toStdString()) / "spoilt.gguf";
        std::ofstream(file, std::ios::binary) << bytes;
        const auto tokenizer = model::loadTokenizer(file);
        QVERIFY(!tokenizer.has_value());
        QCOMPARE(tokenizer.error().code, ErrorCode::BadTokenizer);
        QVERIFY2(tokenizer.error().message.find("'<0xGG>'") != std::string::npos,
                 tokenizer.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestGgufTokenizers)
#include "tst_gguf_tokenizers.moc"
