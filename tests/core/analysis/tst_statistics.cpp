// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/statistics.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace cutaway::analysis;

class TestStatistics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void quantiles();
    void summaries();
    void interval();
    void intervalCovers();
};

// numpy.quantile (1.26, the default method) of the same lists.
void TestStatistics::quantiles() {
    QCOMPARE(quantile({1, 2, 3, 4}, 0.5), 2.5);
    QCOMPARE(quantile({1, 2, 3, 4}, 0.25), 1.75);
    QCOMPARE(quantile({-3, 0.5, 7}, 0.9), 5.7);
    QCOMPARE(quantile({4}, 0.3), 4.0);
    QCOMPARE(quantile({1, 2}, 0.0), 1.0);
    QCOMPARE(quantile({1, 2}, 1.0), 2.0);
}

void TestStatistics::summaries() {
    const double none = std::numeric_limits<double>::quiet_NaN();
    const Summary summary = summarise({-2, none, -1, 0, 4, -6});
    QCOMPARE(summary.n, 5);
    QCOMPARE(summary.mean, -1.0);
    QCOMPARE(summary.median, -1.0);
    QCOMPARE(summary.fell, 3);
    QCOMPARE(summary.rose, 1);
    QVERIFY(summary.interval && summary.interval->first < -1.0 && summary.interval->second > -1.0);
    QCOMPARE(summarise({}).n, 0);
    QVERIFY(!summarise({3.0}).interval);
    const Summary same = summarise({2.0, 2.0, 2.0});
    QCOMPARE(*same.interval, std::pair(2.0, 2.0));
}

// For many values the bootstrap's interval is the normal one: mean ± 1.96 standard errors.
void TestStatistics::interval() {
    std::mt19937_64 random(3);
    std::normal_distribution<double> normal(-1.5, 2.0);
    std::vector<double> values(400);
    double mean = 0.0, squares = 0.0;
    for (double& value : values)
        mean += (value = normal(random)) / 400.0;
    for (const double value : values)
        squares += (value - mean) * (value - mean) / 399.0;
    const double error = std::sqrt(squares / 400.0);
    const Summary summary = summarise(values);
    QVERIFY(std::abs(summary.interval->first - (mean - 1.96 * error)) < 0.15 * error);
    QVERIFY(std::abs(summary.interval->second - (mean + 1.96 * error)) < 0.15 * error);
    QCOMPARE(*summarise(values).interval, *summary.interval); // the same each time
    // From 500 values on it is that one itself, and goes on where the bootstrap left off.
    std::vector<double> twice = values;
    twice.insert(twice.end(), values.begin(), values.end());
    const double half = (summarise(twice).interval->second - summarise(twice).interval->first) / 2.0;
    QVERIFY(std::abs(half - 1.96 * error / std::sqrt(2.0)) < 0.01 * error);
}

// It holds the true mean about 95 times of 100 (some less for small sets: it is known to be a little narrow).
void TestStatistics::intervalCovers() {
    std::mt19937_64 random(11);
    std::exponential_distribution<double> skewed(1.0);
    int held = 0;
    for (int round = 0; round < 200; ++round) {
        std::vector<double> values(40);
        for (double& value : values)
            value = skewed(random);
        const auto interval = *summarise(values).interval;
        held += interval.first <= 1.0 && 1.0 <= interval.second;
    }
    QVERIFY2(held >= 176 && held <= 200, qPrintable(QString::number(held)));
}

QTEST_GUILESS_MAIN(TestStatistics)
#include "tst_statistics.moc"
