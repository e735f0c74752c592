// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/text.h"

#include <QList>
#include <QStringDecoder>
#include <QTextDocument>

#include <algorithm>
#include <array>
#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr QChar kMinus(0x2212);
constexpr QChar kMiddleDot(0x00B7);
constexpr QChar kReturn(0x21B5);
constexpr QChar kTab(0x21E5);
constexpr QChar kHome(0x2302);
constexpr int kOneLine = 90; ///< characters of a tip that does not wrap

/// How one character that must not act is written out; empty where it may stand as it is.
QString spelled(char32_t c) {
    if (c == U'\n') return kReturn;
    if (c == U'\t') return kTab;
    if (c < 0x20) return QString(QChar(static_cast<char16_t>(0x2400 + c)));
    if (c == 0x7F) return QString(QChar(0x2421));
    bool hidden = false;
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        hidden = true;
        break;
    case QChar::Separator_Space:
        hidden = c != U' ';
        break;
    default:
        break;
    }
    // Letters by category that show nothing: Hangul fillers, combining grapheme joiner, variation
    // selectors (Mongolian and ideographic too), Khmer inherent vowels, the null note head.
    if (c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0 || c == 0x034F ||
        (c >= 0xFE00 && c <= 0xFE0F) || c == 0x2800 || (c >= 0xE0100 && c <= 0xE01EF) ||
        (c >= 0x180B && c <= 0x180F) || c == 0x17B4 || c == 0x17B5 || c == 0x1D159)
        hidden = true;
    if (!hidden) return {};
    return QStringLiteral("⟨%1⟩").arg(QString::number(c, 16).toUpper(), 4, QLatin1Char('0'));
}

QString withTrueMinus(QString number) {
    if (number.startsWith(QLatin1Char('-'))) number[0] = kMinus;
    return number;
}

/// `value` in the largest unit that leaves at least 1, with one decimal below 10.
QString scaled(double value, const std::array<const char*, 5>& units) {
    std::size_t unit = 0;
    while (std::abs(value) >= 999.5 && unit + 1 < units.size()) {
        value /= 1000.0;
        ++unit;
    }
    const bool whole = unit == 0 || std::abs(value) >= 99.5 || std::abs(value - std::round(value)) < 0.05;
    const QString number = QString::number(value, 'f', whole ? 0 : 1);
    const QString name = QString::fromLatin1(units[unit]);
    return name.isEmpty() ? number : number + QChar(0x00A0) + name;
}

} // namespace

QString visibleText(const QString& text) {
    const QList<uint> points = text.toUcs4();
    qsizetype first = 0;
    while (first < points.size() && points[first] == U' ')
        ++first;
    qsizetype last = points.size();
    while (last > first && points[last - 1] == U' ')
        --last;
    QString out;
    for (qsizetype i = 0; i < points.size(); ++i) {
        const char32_t c = points[i];
        if (c == U' ' && (i < first || i >= last)) {
            out += kMiddleDot;
            continue;
        }
        const QString written = spelled(c);
        out += written.isEmpty() ? QStringView(QChar::fromUcs4(c)).toString() : written;
    }
    return out;
}

QString visibleToken(const TokenPiece& piece, bool first) {
    // A byte order mark at its start is a character of the token like others: fromUtf8() would drop it.
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::ConvertInitialBom);
    const QString text = decoder(QByteArray::fromStdString(piece.text));
    if (piece.special) return first ? QString(kHome) : visibleText(text);
    if (text.contains(QChar::ReplacementCharacter) &&
        text.toUtf8() != QByteArray::fromStdString(piece.bytes)) {
        QString out;
        for (const char byte : piece.bytes)
            out += QStringLiteral("\\x%1")
                       .arg(static_cast<unsigned char>(byte), 2, 16, QLatin1Char('0'))
                       .toUpper()
                       .replace(QLatin1Char('X'), QLatin1Char('x'));
        return out;
    }
    return visibleText(text);
}

QString wordOf(const QString& token) {
    const bool spaced =
        token.size() > 1 && token.startsWith(QLatin1Char(' ')) && token.at(1) != QLatin1Char(' ');
    return visibleText(spaced ? token.mid(1) : token);
}

QString formatNumber(double value, int decimals) {
    if (std::isnan(value)) return QString(QChar(0x2013));
    if (std::isinf(value)) return value < 0 ? QString(kMinus) + QChar(0x221E) : QString(QChar(0x221E));
    // Rounds first, so that what shows as zero carries no sign.
    const double unit = std::pow(10.0, -decimals);
    if (std::abs(value) < unit / 2) value = 0.0;
    return withTrueMinus(QString::number(value, 'f', decimals));
}

QString formatSigned(double value, int decimals) {
    const QString number = formatNumber(value, decimals);
    const double unit = std::pow(10.0, -decimals);
    return value >= unit / 2 ? QLatin1Char('+') + number : number;
}

int decimalsFor(double scale) {
    if (!(scale > 0.0)) return 2;
    return std::clamp(static_cast<int>(std::ceil(-std::log10(scale) - 1e-9)) + 1, 2, 6);
}

QString formatProb(double probability) {
    if (std::isnan(probability)) return QString(QChar(0x2013));
    if (probability > 0.0 && probability < 0.005) return QStringLiteral("<.01");
    const QString number = QString::number(probability, 'f', 2);
    return number.startsWith(QLatin1String("0.")) ? number.mid(1) : number;
}

QString formatMilliseconds(double milliseconds) {
    const QChar space(0x00A0);
    if (milliseconds < 0.95) return QString::number(milliseconds, 'f', 1) + space + QStringLiteral("ms");
    if (milliseconds < 999.5) return QString::number(milliseconds, 'f', 0) + space + QStringLiteral("ms");
    const double seconds = milliseconds / 1000.0;
    if (seconds < 59.95) return QString::number(seconds, 'f', 1) + space + QStringLiteral("s");
    const int whole = static_cast<int>(std::lround(seconds));
    return QStringLiteral("%1%2min %3%2s")
        .arg(whole / 60)
        .arg(space)
        .arg(whole % 60, 2, 10, QLatin1Char('0'));
}

QString formatCount(double count) {
    return scaled(count, {"", "K", "M", "B", "T"});
}

QString formatBytes(double bytes) {
    return scaled(bytes, {"B", "kB", "MB", "GB", "TB"});
}

QString formatInteger(qint64 value) {
    QString digits = QString::number(std::abs(value));
    for (qsizetype at = digits.size() - 3; at > 0; at -= 3)
        digits.insert(at, QLatin1Char(','));
    return value < 0 ? kMinus + digits : digits;
}

QString tipText(const QString& plain) {
    if (plain.size() > kOneLine || plain.contains(QLatin1Char('\n'))) return Qt::convertFromPlainText(plain);
    const bool acts = plain.contains(QLatin1Char('<')) || plain.contains(QLatin1Char('&'));
    if (!acts) return plain; // and so a screen reader says it
    return QStringLiteral("<span style=\"white-space:pre\">%1</span>").arg(plain.toHtmlEscaped());
}

} // namespace cutaway::widgets
