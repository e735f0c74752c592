// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/hook_point.h"

#include "tests/support/example_traits.h"

#include <QtTest>

using namespace cutaway;

/// Hook names: printed and read back, refused with what there is.
class TestHookPoint : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesReadBack() {
        for (const ModelTraits& traits : {tests::gptTraits(), tests::llamaTraits(), tests::toyTraits()})
            for (const HookPoint& hook : allHooks(traits)) {
                const Result<HookPoint> again = parseHookName(hookName(hook));
                QVERIFY(again.has_value());
                QVERIFY(*again == hook);
                QVERIFY(checkHook(hook, traits).has_value());
            }
    }

    void modelsHaveWhatTheyHave() {
        const auto has = [](const ModelTraits& traits, const char* name) {
            return parseHookSelector(name, traits).has_value();
        };
        QVERIFY(has(tests::gptTraits(), "hook_pos_embed"));
        QVERIFY(!has(tests::llamaTraits(), "hook_pos_embed"));
        QVERIFY(has(tests::llamaTraits(), "blocks.0.attn.hook_rot_q"));
        QVERIFY(!has(tests::gptTraits(), "blocks.0.attn.hook_rot_q"));
        QVERIFY(has(tests::llamaTraits(), "blocks.2.mlp.hook_pre_linear"));
        QVERIFY(!has(tests::toyTraits(), "blocks.0.hook_resid_mid"));
        QVERIFY(!has(tests::toyTraits(), "ln_final.hook_scale"));
        QVERIFY(!has(tests::gptTraits(), "blocks.3.hook_resid_pre"));
        QVERIFY(!has(tests::gptTraits(), "blocks.*.hook_resid_pre"));
        QVERIFY(has(tests::llamaTraits(), "blocks.0.attn.hook_k[1]"));
        QVERIFY(!has(tests::llamaTraits(), "blocks.0.attn.hook_k[2]"));
        QVERIFY(has(tests::llamaTraits(), "blocks.0.attn.hook_k[1,3]"));
        QVERIFY(!has(tests::llamaTraits(), "blocks.0.attn.hook_pattern[1,3]"));
        QVERIFY(!has(tests::gptTraits(), "blocks.0.hook_resid_pre[16]"));
        QVERIFY(!has(tests::gptTraits(), "blocks.0.hook_resid_pre[1"));
    }

    void errorsNameTheNearest() {
        const auto refused = parseHookName("blocks.1.hook_resid_prae");
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().code, ErrorCode::UnknownTarget);
        QVERIFY(refused.error().message.find("blocks.1.hook_resid_pre'") != std::string::npos);
        const auto missing = parseHookSelector("hook_pos_embed", tests::llamaTraits());
        QVERIFY(missing.error().message.find("blocks.{L}.attn.hook_rot_q") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestHookPoint)
#include "tst_hook_point.moc"
