// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/inside_text.h"

#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cutaway::widgets {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("InsideView", text);
}

std::size_t at(int i) {
    return static_cast<std::size_t>(i);
}

QString direction(const InsideViewState& state) {
    return state.wrong.isEmpty() ? state.answer : tr("%1 rather than %2").arg(state.answer, state.wrong);
}

} // namespace

bool isWhole(const HeadReading& r) {
    const std::size_t n = r.pattern.size();
    const std::size_t dims = r.q.size();
    const auto square = [n](const std::vector<std::vector<float>>& rows, std::size_t width) {
        return rows.size() == n && std::all_of(rows.begin(), rows.end(),
                                               [width](const auto& row) { return row.size() == width; });
    };
    return n > 0 && dims > 0 && !r.z.empty() && r.scores.size() == n && r.written.size() == n &&
           (r.towards.empty() || r.towards.size() == n) && square(r.keys, dims) &&
           square(r.values, r.z.size());
}

InsideRows insideRows(const HeadReading& reading, bool strongestFirst, int most) {
    InsideRows out;
    for (std::size_t key = 0; key < reading.pattern.size(); ++key) {
        const bool masked = std::isinf(reading.scores[key]) && reading.scores[key] < 0;
        if (masked)
            ++out.masked;
        else
            out.keys.push_back(static_cast<int>(key));
    }
    std::stable_sort(out.keys.begin(), out.keys.end(),
                     [&](int a, int b) { return reading.pattern[at(a)] > reading.pattern[at(b)]; });
    if (!out.keys.empty()) out.best = out.keys.front();
    if (most > 0 && out.keys.size() > at(most)) {
        out.folded = static_cast<int>(out.keys.size()) - most;
        for (std::size_t i = at(most); i < out.keys.size(); ++i) {
            out.foldedPattern += static_cast<double>(reading.pattern[at(out.keys[i])]);
            if (!reading.towards.empty())
                out.foldedTowards += static_cast<double>(reading.towards[at(out.keys[i])]);
        }
        out.keys.resize(at(most));
    }
    if (!strongestFirst) std::sort(out.keys.begin(), out.keys.end());
    return out;
}

double queryDotKey(const HeadReading& reading, int key) {
    const std::vector<float>& k = reading.keys[at(key)];
    return std::inner_product(
        reading.q.begin(), reading.q.end(), k.begin(), 0.0, std::plus<>(),
        [](float a, float b) { return static_cast<double>(a) * static_cast<double>(b); });
}

QString scaleText(double scale, std::size_t dims) {
    const double usual = 1.0 / std::sqrt(static_cast<double>(std::max<std::size_t>(dims, 1)));
    if (std::abs(scale - usual) < 1e-6) return QStringLiteral("1/√%1").arg(dims);
    return formatNumber(scale, decimalsFor(std::abs(scale)) + 1);
}

QString keyName(const InsideViewState& state, int key) {
    QString token = state.tokens.value(key);
    token.replace(QLatin1Char('`'), QChar(0x02CB)); // backticks set mono
    return token.isEmpty() ? tr("position %1").arg(key) : QStringLiteral("`%1` (%2)").arg(token).arg(key);
}

QString keySentence(const InsideViewState& state, const InsideRows& rows, int key) {
    const HeadReading& r = state.reading;
    if (key < 0 || at(key) >= r.pattern.size()) return {};
    const QString query = keyName(state, r.query);
    QString said = key == rows.best ? tr("The query at %1 matches %2 best: ").arg(query, keyName(state, key))
                                    : tr("The query at %1 meets %2: ").arg(query, keyName(state, key));
    said += tr("q·k = %1, × %2 = %3, which softmax turns into %4")
                .arg(formatNumber(queryDotKey(r, key), 1), scaleText(r.scale, r.q.size()),
                     formatNumber(static_cast<double>(r.scores[at(key)]), 1),
                     formatNumber(static_cast<double>(r.pattern[at(key)])));
    if (r.towards.empty() || state.answer.isEmpty()) return said + QLatin1Char('.');
    const auto adds = static_cast<double>(r.towards[at(key)]);
    return said + tr("; its value adds %1 logits to %2.").arg(formatSigned(adds), direction(state));
}

QString columnSentence(const InsideViewState& state, InsideColumn column) {
    const HeadReading& r = state.reading;
    switch (column) {
    case InsideColumn::Token:
        return tr("Every token that this query can see offers a key to be found by and a value to be taken.");
    case InsideColumn::Key:
        return tr("q above, a key k in each row: %1 numbers each, blue below zero, orange above. Dims where "
                  "both have the same sign raise the score.")
            .arg(r.q.size());
    case InsideColumn::Score:
        return tr("The score is the sum of q times k over all dims, times %1 so that it does not grow with "
                  "their number. Later tokens are masked.")
            .arg(scaleText(r.scale, r.q.size()));
    case InsideColumn::Pattern:
        return tr(
            "Softmax: e to the power of each score, divided by the sum of them all. A score that is larger "
            "by 1 counts 2.7 times as much.");
    case InsideColumn::Value:
        return tr(
            "Each value v times its share: rows with a small share fade. Below, z is their sum, dim by dim.");
    case InsideColumn::Written:
        return tr("How long the vector is that each weighted value adds to the residual stream through W_O. "
                  "Lengths do not add up: vectors can cancel.");
    case InsideColumn::Towards:
        return tr("How much of the logit of %1 each weighted value adds directly. These do add up, to the "
                  "head's "
                  "direct contribution.")
            .arg(direction(state));
    }
    return {};
}

QString stepSentence(const InsideViewState& state, int step) {
    switch (step) {
    case 0:
        return tr(
            "The query is multiplied with every key, dim by dim. The products add up to the key's score.");
    case 1:
        return tr("Softmax turns scores into shares that sum to 1.");
    case 2:
        return tr("Values count by their share; their sum is z.");
    default:
        return state.reading.towards.empty() || state.answer.isEmpty()
                   ? tr("W_O writes z into the residual stream.")
                   : tr("W_O writes z into the residual stream: so much, and so far towards %1.")
                         .arg(state.answer);
    }
}

QString dimSentence(const InsideViewState& state, InsideColumn column, int key, int dim) {
    const HeadReading& r = state.reading;
    const auto number = [](float v) { return formatNumber(static_cast<double>(v)); };
    if (column == InsideColumn::Key) {
        if (dim < 0 || at(dim) >= r.q.size()) return {};
        const float q = r.q[at(dim)];
        if (key < 0) return tr("dim %1 of the query: %2").arg(dim).arg(number(q));
        const float k = r.keys[at(key)][at(dim)];
        return tr("dim %1: q %2 × k %3 = %4, of q·k = %5")
            .arg(dim)
            .arg(number(q), number(k), formatSigned(static_cast<double>(q) * static_cast<double>(k)),
                 formatNumber(queryDotKey(r, key), 1));
    }
    if (dim < 0 || at(dim) >= r.z.size()) return {};
    if (key < 0) return tr("dim %1 of z: %2").arg(dim).arg(number(r.z[at(dim)]));
    const float share = r.pattern[at(key)];
    const float v = r.values[at(key)][at(dim)];
    return tr("dim %1: share %2 × v %3 = %4, of z %5")
        .arg(dim)
        .arg(number(share), number(v), formatSigned(static_cast<double>(share) * static_cast<double>(v), 3),
             number(r.z[at(dim)]));
}

QString sumSentence(const InsideViewState& state, const InsideRows& rows) {
    const HeadReading& r = state.reading;
    const auto keys = static_cast<int>(rows.keys.size()) + rows.folded;
    if (r.towards.empty() || state.answer.isEmpty())
        return tr("Together the %1 values write a vector of length %2 into the residual stream.")
            .arg(keys)
            .arg(formatNumber(r.outNorm));
    return tr("Together the %1 values add %2 logits to %3: the head's direct contribution here.")
        .arg(keys)
        .arg(formatSigned(r.total), direction(state));
}

QString spokenText(QString sentence) {
    return sentence.remove(QLatin1Char('`'));
}

} // namespace cutaway::widgets
