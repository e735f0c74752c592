// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/result_cache.h"

#include <QTest>

using namespace cutaway;
using namespace cutaway::app;

namespace {

PicturePtr pictureOf(const std::string& key, std::size_t floats) {
    auto picture = std::make_shared<Picture>();
    picture->key = key;
    HostTensor pattern;
    pattern.values.assign(floats, 0.0F);
    picture->parts[{PartKind::Pattern, Shown::Cut, 0, 0}] = std::move(pattern);
    return picture;
}

} // namespace

class TestResultCache : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsTheRecentWithinItsBytes();
    void theNewestStaysWhateverItsSize();
};

void TestResultCache::keepsTheRecentWithinItsBytes() {
    ResultCache cache(100'000);
    for (const char* key : {"a", "b", "c"})
        cache.put(pictureOf(key, 10'000));
    QVERIFY(!cache.find("a")); // 3 × 40 kB do not fit
    QVERIFY(cache.find("b"));
    cache.put(pictureOf("d", 10'000)); // b was looked at later than c
    QVERIFY(cache.find("b") && !cache.find("c") && cache.find("d"));
    QVERIFY(cache.bytes() <= 100'000);
}

void TestResultCache::theNewestStaysWhateverItsSize() {
    ResultCache cache(1'000);
    cache.put(pictureOf("a", 10'000));
    QVERIFY(cache.find("a"));
    cache.clear();
    QVERIFY(!cache.find("a"));
}

QTEST_GUILESS_MAIN(TestResultCache)
#include "tst_result_cache.moc"
