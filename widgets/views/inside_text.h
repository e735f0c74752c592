// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/analysis.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace cutaway::widgets {

/// What the inside view shows.
struct InsideViewState {
    HeadReading reading;
    QStringList tokens;    ///< visible texts, one a key
    QString answer, wrong; ///< as words; where the reading says nothing towards them they are not named
    bool cut = false;      ///< the head is cut: what it computes here does not arrive
    bool stale = false;
    QString message; ///< one sentence in place of the picture
};

/// The columns of the table, from left to right.
enum class InsideColumn { Token, Key, Score, Pattern, Value, Written, Towards };

/// Which keys are listed. Masked ones are not: their share is 0.
struct InsideRows {
    std::vector<int> keys; ///< in the order shown
    int best = -1;         ///< the key with the largest share
    int masked = 0;
    int folded = 0;             ///< how many are not listed
    double foldedPattern = 0.0; ///< their share
    double foldedTowards = 0.0; ///< what they add, logits
};

/// Whether every part of the reading has the size the others say.
bool isWhole(const HeadReading& reading);
/// The keys to list: at most `most` of the largest shares (all where `most` is 0), by share or in their
/// order.
InsideRows insideRows(const HeadReading& reading, bool strongestFirst, int most);
/// Sum over the dims of query times key, before the scale.
double queryDotKey(const HeadReading& reading, int key);
/// `1/√32` where the scale is that, else its number.
QString scaleText(double scale, std::size_t dims);

/// The token of a key with its position: "`·Mary` (2)", backticks around what is set in mono.
QString keyName(const InsideViewState& state, int key);
/// What happens with one key, from the match to the logits, in a sentence; mono between backticks.
QString keySentence(const InsideViewState& state, const InsideRows& rows, int key);
/// What a column holds and why, in a sentence.
QString columnSentence(const InsideViewState& state, InsideColumn column);
/// What each of the first four steps does: 0 match, 1 look, 2 take, 3 write.
QString stepSentence(const InsideViewState& state, int step);
/// One dim of a key's match or value, or (key −1) of the query or of z.
QString dimSentence(const InsideViewState& state, InsideColumn column, int key, int dim);
/// What the head as a whole does here: its direct contribution, or how much it writes.
QString sumSentence(const InsideViewState& state, const InsideRows& rows);
/// Text without the backticks, for tips and screen readers.
QString spokenText(QString sentence);

} // namespace cutaway::widgets
