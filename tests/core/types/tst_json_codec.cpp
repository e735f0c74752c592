// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/json_codec.h"

#include "tests/support/random_cut.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace cutaway;

/// Requests and results as documents.
class TestJsonCodec : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void requestsReadBack() {
        tests::RandomCut random(11);
        for (int i = 0; i < 500; ++i) {
            RunRequest request;
            if (random.chance(0.5))
                request.input.value = std::string("When Mary \"and\" John\n");
            else
                request.input.value = std::vector<TokenId>{1, 2, 50256};
            request.input.bos = random.chance(0.3) ? BosMode::None : BosMode::PostProcessor;
            for (int n = random.below(4); n > 0; --n)
                request.cuts.push_back(random.grammatical());
            if (random.chance(0.5)) request.answer = {std::string(" Mary"), TokenId{7}};
            if (random.chance(0.5)) request.wrong = {std::string("#12")};
            if (random.chance(0.3)) request.donors["B"] = {std::string("other"), request.input.bos};
            request.allPositions = random.chance(0.5);
            request.top = random.below(20);
            if (random.chance(0.5)) request.hooks = {"logits", "blocks.0.attn.hook_pattern[1]"};
            const Result<RunRequest> again =
                runRequestFromJson(nlohmann::json::parse(toJson(request).dump()));
            QVERIFY2(again.has_value(), again ? "" : again.error().text().c_str());
            QVERIFY(*again == request);
        }
    }

    void badRequestsAreNamed_data() {
        QTest::addColumn<QString>("document");
        QTest::addColumn<QString>("says");
        QTest::newRow("no input") << "{}"
                                  << "prompt";
        QTest::newRow("two inputs") << R"({"prompt":"a","tokens":[1]})"
                                    << "either";
        QTest::newRow("list") << "[1]"
                              << "object";
        QTest::newRow("unknown key") << R"({"prompt":"a","promt":1})"
                                     << "promt";
        QTest::newRow("fraction") << R"({"tokens":[1.5]})"
                                  << "token id";
        QTest::newRow("huge id") << R"({"tokens":[4294967296]})"
                                 << "token id";
        QTest::newRow("number prompt") << R"({"prompt":3})"
                                       << "prompt";
        QTest::newRow("bad cut") << R"({"prompt":"a","cuts":["zero:"]})"
                                 << "target";
        QTest::newRow("bad donor") << R"({"prompt":"a","donor":3})"
                                   << "donor";
    }
    void badRequestsAreNamed() {
        QFETCH(QString, document);
        QFETCH(QString, says);
        const auto refused = runRequestFromJson(nlohmann::json::parse(document.toStdString()));
        QVERIFY(!refused.has_value());
        QVERIFY2(QString::fromStdString(refused.error().message).contains(says),
                 refused.error().message.c_str());
        QCOMPARE(exitStatus(refused.error().code), 2);
    }

    void resultsSayWhatIsNotFinite() {
        RunResult result;
        result.tokens = {1, 2};
        result.main.positions = {{1, {{5, "x", std::numeric_limits<double>::infinity(), 0.1}}, -1.0}};
        result.main.loss = std::nan("");
        const Json reply = toJson(result);
        QVERIFY(reply["loss"].is_null());
        QVERIFY(reply["positions"][0]["top"][0]["logit"].is_null());
        QCOMPARE(reply["warnings"].size(), std::size_t(2));
        QVERIFY(!reply.contains("uncut"));
    }

    void errorsCarryCodeMessageContext() {
        const Json reply = toJson(Error{ErrorCode::OutOfRange, "run", "token 99", {{"token", "99"}}});
        QCOMPARE(QString::fromStdString(reply.dump()),
                 QStringLiteral(
                     R"({"error":{"code":"out_of_range","message":"token 99","context":{"token":"99"}}})"));
    }

    void bytesAreLowerCaseHex() {
        const Json reply =
            toJson(std::vector<TokenPiece>{{3, "\xEF\xBF\xBD", std::string("\xFF\x0A"), false}});
        QCOMPARE(QString::fromStdString(reply["tokens"][0]["bytes"]), QStringLiteral("ff0a"));
    }
};

QTEST_GUILESS_MAIN(TestJsonCodec)
#include "tst_json_codec.moc"
