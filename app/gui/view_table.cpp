// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/view_table.h"

#include "core/types/analysis.h"
#include "core/types/hook_point.h"
#include "core/types/json_codec.h"

#include <QLocale>

#include <cmath>

namespace cutaway::app {

using widgets::ContributionBar;
using Row = std::vector<ViewTable::Cell>;

namespace {

QByteArray number(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return QString::number(value, 'g', QLocale::FloatingPointShortest).toUtf8();
}

QByteArray quoted(const QString& text) {
    QByteArray bytes = text.toUtf8();
    // A spreadsheet would run these as formulas; the apostrophe makes them text (OWASP, "CSV Injection").
    if (!bytes.isEmpty() && QByteArrayView("=+-@\t\r").contains(bytes.front())) bytes.prepend('\'');
    const bool plain = !bytes.contains('"') && !bytes.contains(',') && !bytes.contains('\n') &&
                       !bytes.contains('\r') && bytes.trimmed() == bytes;
    if (plain) return bytes;
    return '"' + bytes.replace('"', "\"\"") + '"';
}

HostTensor arrayOf(std::vector<std::int64_t> shape) {
    HostTensor made{std::move(shape), {}, {}};
    made.values.reserve(static_cast<std::size_t>(made.elements()));
    return made;
}

float single(double value) {
    return static_cast<float>(value);
}

} // namespace

QByteArray csvOf(const ViewTable& table) {
    QByteArray text;
    QList<QByteArray> line;
    for (const QString& column : table.columns)
        line << quoted(column);
    text += line.join(',') + "\r\n";
    for (const Row& row : table.rows) {
        line.clear();
        for (const ViewTable::Cell& cell : row)
            line << (cell.number ? number(*cell.number) : quoted(cell.text));
        text += line.join(',') + "\r\n";
    }
    return text;
}

QByteArray jsonOf(const ViewTable& table, const QString& caption) {
    Json document;
    document["caption"] = caption.toStdString();
    document["columns"] = Json::array();
    for (const QString& column : table.columns)
        document["columns"].push_back(column.toStdString());
    Json rows = Json::array();
    for (const Row& row : table.rows) {
        Json line = Json::array();
        for (const ViewTable::Cell& cell : row) {
            if (cell.number)
                line.push_back(std::isfinite(*cell.number) ? Json(*cell.number) : Json(nullptr));
            else
                line.push_back(cell.text.isNull() ? Json(nullptr) : Json(cell.text.toStdString()));
        }
        rows.push_back(std::move(line));
    }
    document["rows"] = std::move(rows);
    return QByteArray::fromStdString(document.dump(1)) + '\n';
}

ViewTable patternTable(const HostTensor& pattern, const QStringList& tokens, int layer, int head,
                       const QString& value) {
    ViewTable table;
    table.name = QStringLiteral("attention-L%1H%2").arg(layer).arg(head);
    table.columns = {QStringLiteral("query"), QStringLiteral("query_token"), QStringLiteral("key"),
                     QStringLiteral("key_token"), value};
    const int keys = pattern.shape.size() == 2 ? static_cast<int>(pattern.shape[1]) : 0;
    for (std::size_t i = 0; keys > 0 && i < pattern.values.size(); ++i) {
        const int query = static_cast<int>(i) / keys, key = static_cast<int>(i) % keys;
        table.rows.push_back({double(query), tokens.value(query), double(key), tokens.value(key),
                              static_cast<double>(pattern.values[i])});
    }
    const std::string hook = hookName({HookKind::Pattern, layer}) + "[" + std::to_string(head) + "]";
    table.arrays[value == QLatin1String("weight") ? hook : hook + "." + value.toStdString()] = pattern;
    return table;
}

ViewTable lensTable(const LensResult& lens, const QStringList& tokens) {
    ViewTable table;
    table.name = QStringLiteral("lens");
    table.columns = {QStringLiteral("layer"),
                     QStringLiteral("position"),
                     QStringLiteral("token"),
                     QStringLiteral("top"),
                     QStringLiteral("probability"),
                     QStringLiteral("logit"),
                     QStringLiteral("answer_probability"),
                     QStringLiteral("answer_rank")};
    const auto rows = static_cast<std::int64_t>(lens.rows.size());
    const auto cols = static_cast<std::int64_t>(lens.tokens.size());
    HostTensor probability = arrayOf({rows, cols}), logit = arrayOf({rows, cols}),
               answer = arrayOf({rows, cols});
    HostTensor top = arrayOf({rows, cols}), rank = arrayOf({rows, cols});
    bool scored = false;
    for (std::size_t row = 0; row < lens.grid.size(); ++row)
        for (std::size_t col = 0; col < lens.grid[row].size(); ++col) {
            const LensCell& cell = lens.grid[row][col];
            const QString text = cell.top.text ? QString::fromStdString(*cell.top.text)
                                               : QStringLiteral("#%1").arg(cell.top.id);
            Row line{QString::fromStdString(lens.rows[row]),
                     double(col),
                     tokens.value(static_cast<qsizetype>(col)),
                     text,
                     cell.top.prob,
                     cell.top.logit};
            line.push_back(cell.prob ? ViewTable::Cell(*cell.prob) : ViewTable::Cell());
            line.push_back(cell.rank ? ViewTable::Cell(double(*cell.rank + 1)) : ViewTable::Cell());
            table.rows.push_back(std::move(line));
            probability.values.push_back(single(cell.top.prob));
            logit.values.push_back(single(cell.top.logit));
            top.ids.push_back(cell.top.id);
            scored = scored || cell.prob.has_value();
            answer.values.push_back(single(cell.prob.value_or(0.0)));
            rank.ids.push_back(cell.rank.value_or(-1));
        }
    table.arrays = {{"top_probability", probability}, {"top_logit", logit}, {"top_token", top}};
    if (scored) {
        table.arrays["answer_probability"] = answer;
        table.arrays["answer_rank"] = rank; // 0 the likeliest, as the command line counts
    }
    return table;
}

ViewTable sweepTable(const SweepResult& sweep) {
    ViewTable table;
    table.name = QStringLiteral("sweep");
    table.columns = {QStringLiteral("layer"), QStringLiteral("column"), QStringLiteral("value"),
                     QStringLiteral("change")};
    HostTensor grid =
        arrayOf({static_cast<std::int64_t>(sweep.rows.size()), static_cast<std::int64_t>(sweep.cols.size())});
    for (std::size_t row = 0; row < sweep.grid.size(); ++row)
        for (std::size_t col = 0; col < sweep.grid[row].size(); ++col) {
            const double value = sweep.grid[row][col];
            const bool run = std::isfinite(value);
            table.rows.push_back({QString::fromStdString(sweep.rows[row]),
                                  QString::fromStdString(sweep.cols[col]),
                                  run ? ViewTable::Cell(value) : ViewTable::Cell(),
                                  run ? ViewTable::Cell(value - sweep.uncut) : ViewTable::Cell()});
            grid.values.push_back(single(value));
        }
    HostTensor uncut = arrayOf({1});
    uncut.values.push_back(single(sweep.uncut));
    table.arrays = {{"grid", grid}, {"uncut", uncut}};
    return table;
}

ViewTable barsTable(const widgets::ContributionBarsState& bars, const QString& name, const QString& value) {
    ViewTable table;
    table.name = name;
    table.columns = {QStringLiteral("name"), value, QStringLiteral("note")};
    HostTensor values = arrayOf({static_cast<std::int64_t>(bars.bars.size())});
    for (const ContributionBar& bar : bars.bars) {
        table.rows.push_back({bar.name, bar.value, bar.note});
        values.values.push_back(single(bar.value));
    }
    table.arrays = {{name.toStdString(), values}};
    return table;
}

ViewTable readingTable(const HeadReading& reading, const QStringList& tokens) {
    ViewTable table;
    table.name = QStringLiteral("inside-L%1H%2").arg(reading.layer).arg(reading.head);
    table.columns = {QStringLiteral("key"),       QStringLiteral("token"),   QStringLiteral("score"),
                     QStringLiteral("attention"), QStringLiteral("written"), QStringLiteral("logits")};
    const auto at = [](const std::vector<float>& values, std::size_t i) {
        return i < values.size() ? ViewTable::Cell(static_cast<double>(values[i])) : ViewTable::Cell();
    };
    for (std::size_t key = 0; key < reading.pattern.size(); ++key)
        table.rows.push_back({double(key), tokens.value(static_cast<qsizetype>(key)), at(reading.scores, key),
                              at(reading.pattern, key), at(reading.written, key), at(reading.towards, key)});
    const auto vector = [](const std::vector<float>& values) {
        HostTensor made{{static_cast<std::int64_t>(values.size())}, values, {}};
        return made;
    };
    const auto matrix = [](const std::vector<std::vector<float>>& rows) {
        HostTensor made{{static_cast<std::int64_t>(rows.size()),
                         rows.empty() ? 0 : static_cast<std::int64_t>(rows.front().size())},
                        {},
                        {}};
        for (const std::vector<float>& row : rows)
            made.values.insert(made.values.end(), row.begin(), row.end());
        return made;
    };
    table.arrays = {{"q", vector(reading.q)},
                    {"k", matrix(reading.keys)},
                    {"v", matrix(reading.values)},
                    {"scores", vector(reading.scores)},
                    {"pattern", vector(reading.pattern)},
                    {"z", vector(reading.z)},
                    {"written", vector(reading.written)}};
    if (!reading.towards.empty()) table.arrays["logits"] = vector(reading.towards);
    return table;
}

} // namespace cutaway::app
