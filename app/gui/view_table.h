// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/host_tensor.h"
#include "core/types/run_result.h"
#include "widgets/plot/contribution_bars.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cutaway {
struct LensResult;
struct SweepResult;
struct HeadReading;
} // namespace cutaway

namespace cutaway::app {

/// What a view shows, as a table that other programs read, with the arrays behind it.
struct ViewTable {
    /// A number, a text, or not there.
    struct Cell {
        Cell() = default;
        Cell(double value) : number(value) {}
        Cell(QString words) : text(std::move(words)) {}
        std::optional<double> number;
        QString text; ///< null: not there
    };
    QString name; ///< for a file's name: `lens`
    QStringList columns;
    std::vector<std::vector<Cell>> rows;
    std::map<std::string, HostTensor> arrays; ///< by name, as they are saved to safetensors
};

/// RFC 4180: a head line, CRLF, quotes where a text needs them; numbers in full, a point as decimal sign.
QByteArray csvOf(const ViewTable& table);
/// `{"caption", "columns", "rows"}`; numbers that are not finite are null.
QByteArray jsonOf(const ViewTable& table, const QString& caption);

/// query, query_token, key, key_token, and the value, called `value`: what `pattern` [T, T] holds (weight,
/// norm, …). The array is called by its hook, with `.value` behind it where it is not the pattern itself.
ViewTable patternTable(const HostTensor& pattern, const QStringList& tokens, int layer, int head,
                       const QString& value);
/// layer, position, token, top, probability, logit, answer_probability, answer_rank (from 1).
ViewTable lensTable(const LensResult& lens, const QStringList& tokens);
/// layer, column, value, change; cells that have not run are left empty.
ViewTable sweepTable(const SweepResult& sweep);
/// name, value, and the word beside the bar.
ViewTable barsTable(const widgets::ContributionBarsState& bars, const QString& name, const QString& value);
/// key, token, score, attention, written, logits.
ViewTable readingTable(const HeadReading& reading, const QStringList& tokens);

} // namespace cutaway::app
