// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/dot_strip.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QAccessible>
#include <QCoreApplication>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <limits>

namespace cutaway::widgets {

namespace {

constexpr double kPad = 14;
constexpr double kHead = 30;
constexpr double kFoot = 22;   ///< ticks
constexpr double kMedian = 16; ///< its word, above the dots
constexpr double kLeast = 1e-4;
constexpr double kLargestDot = 4.5;
constexpr double kSmallestDot = 2.5;

bool counts(const PromptDot& dot) {
    return std::isfinite(dot.value) && !dot.faint;
}

/// 1, 2 or 5 times a power of ten, so that `span` takes at most `most` steps.
double tickStep(double span, int most) {
    const double raw = span / std::max(1, most);
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double times : {1.0, 2.0, 5.0})
        if (power * times >= raw) return power * times;
    return power * 10.0;
}

} // namespace

QString signCount(const std::vector<PromptDot>& dots) {
    int all = 0, fell = 0, rose = 0;
    for (const PromptDot& dot : dots) {
        if (!counts(dot)) continue;
        ++all;
        fell += dot.value < 0;
        rose += dot.value > 0;
    }
    if (all == 0) return {};
    return (fell >= rose ? QCoreApplication::translate("DotStrip", "%1 of %2 fell")
                         : QCoreApplication::translate("DotStrip", "%1 of %2 rose"))
        .arg(std::max(fell, rose))
        .arg(all);
}

double medianOf(const std::vector<PromptDot>& dots) {
    std::vector<double> values;
    for (const PromptDot& dot : dots)
        if (counts(dot)) values.push_back(dot.value);
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

DotStrip::DotStrip(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    followTheme(this);
}

void DotStrip::setState(DotStripState state) {
    m_state = std::move(state);
    m_hovered = -1;
    layOut();
    tell();
}

void DotStrip::setCurrent(int index) {
    if (index == m_state.current) return;
    m_state.current = index;
    tell();
    update();
}

void DotStrip::setStale(bool stale) {
    if (stale == m_state.stale) return;
    m_state.stale = stale;
    update();
}

QSize DotStrip::sizeHint() const {
    return {372, 150};
}

QSize DotStrip::minimumSizeHint() const {
    return {200, 110};
}

QRectF DotStrip::plotRect() const {
    const double top = kHead + kMedian;
    return {kPad, top, std::max(40.0, width() - 2 * kPad), std::max(20.0, height() - top - kFoot)};
}

void DotStrip::layOut() {
    const std::size_t n = m_state.dots.size();
    m_points.assign(n, QPointF(-100, -100));
    m_order.clear();
    m_low = m_high = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const double value = m_state.dots[i].value;
        if (!std::isfinite(value)) continue;
        m_order.push_back(static_cast<int>(i));
        m_low = std::min(m_low, value);
        m_high = std::max(m_high, value);
    }
    const auto value = [this](int i) { return m_state.dots[static_cast<std::size_t>(i)].value; };
    std::stable_sort(m_order.begin(), m_order.end(), [&](int a, int b) { return value(a) < value(b); });
    if (m_high - m_low < kLeast) m_high = m_low + kLeast;
    m_decimals = decimalsFor(std::max(m_high, -m_low));
    m_median = medianOf(m_state.dots);
    m_step = tickStep(m_high - m_low, std::max(2, static_cast<int>(plotRect().width() / 70)));
    // As large as they can be without lying over each other.
    for (m_radius = kLargestDot; !placeDots() && m_radius > kSmallestDot;)
        m_radius -= 0.5;
    update();
}

bool DotStrip::placeDots() {
    const QRectF plot = plotRect();
    // Room for the ring of the one that is open.
    const double inset = m_radius + 4;
    m_axis = signedAxis(m_low, m_high, plot.left() + inset, plot.width() - 2 * inset);
    // Each dot stands as near to the line as those before it, by value, let it.
    const double apart = 2 * m_radius + 1;
    const double most = std::max(0.0, plot.height() / 2 - inset);
    bool fits = true;
    std::size_t first = 0;
    for (std::size_t i = 0; i < m_order.size(); ++i) {
        const auto index = static_cast<std::size_t>(m_order[i]);
        const double x = m_axis.x(m_state.dots[index].value);
        while (first < i && x - m_points[static_cast<std::size_t>(m_order[first])].x() >= apart)
            ++first;
        double y = 0;
        bool free = false;
        for (int step = 0; !free; ++step) {
            y = (step % 2 ? 1 : -1) * ((step + 1) / 2) * (apart / 3);
            if (std::abs(y) > most) { // too many: spread by the golden section
                fits = false;
                y = (2 * std::fmod(static_cast<double>(i) * 0.6180339887, 1.0) - 1) * most;
                break;
            }
            free = true;
            for (std::size_t k = first; k < i && free; ++k) {
                const QPointF way =
                    m_points[static_cast<std::size_t>(m_order[k])] - QPointF(x, plot.center().y() + y);
                free = way.x() * way.x() + way.y() * way.y() >= apart * apart * 0.98;
            }
        }
        m_points[index] = QPointF(x, plot.center().y() + y);
    }
    return fits;
}

void DotStrip::tell() {
    setAccessibleName(m_state.title.isEmpty() ? tr("Effect over a set of prompts") : m_state.title);
    if (!m_state.message.isEmpty()) {
        setAccessibleDescription(m_state.message);
        return;
    }
    if (m_order.empty()) {
        setAccessibleDescription({});
        return;
    }
    QString said = signCount(m_state.dots);
    if (!std::isnan(m_median))
        said += tr(", median %1 %2").arg(formatSigned(m_median, m_decimals), m_state.unit);
    if (m_hovered >= 0) said = describe(m_hovered) + QStringLiteral("; ") + said;
    setAccessibleDescription(said.trimmed());
}

QString DotStrip::describe(int index) const {
    const PromptDot& dot = m_state.dots[static_cast<std::size_t>(index)];
    const QString figure = formatSigned(dot.value, m_decimals) +
                           (m_state.unit.isEmpty() ? QString() : QLatin1Char(' ') + m_state.unit);
    const QString name = dot.name.isEmpty() ? tr("prompt %1").arg(index + 1) : dot.name;
    return tr("%1: %2").arg(name, figure);
}

QPointF DotStrip::dotPoint(int index) const {
    return m_points[static_cast<std::size_t>(index)];
}

int DotStrip::dotAt(const QPointF& pos) const {
    if (!m_state.message.isEmpty()) return -1;
    int best = -1;
    double nearest = (m_radius + 3) * (m_radius + 3);
    for (const int index : m_order) {
        const QPointF way = dotPoint(index) - pos;
        const double distance = way.x() * way.x() + way.y() * way.y();
        if (distance <= nearest) {
            nearest = distance;
            best = index;
        }
    }
    return best;
}

void DotStrip::paintAxis(QPainter& painter) const {
    const Palette& p = colours();
    const QRectF plot = plotRect();
    painter.setPen(QPen(p.line, 1));
    const double bottom = std::round(plot.bottom()) + 0.5;
    painter.drawLine(QPointF(plot.left(), bottom), QPointF(plot.right(), bottom));
    const double zero = std::round(m_axis.x(0)) + 0.5;
    painter.setPen(QPen(p.faint, 1));
    painter.drawLine(QPointF(zero, plot.top() - 2), QPointF(zero, bottom));
    painter.setFont(typeFont(Theme::Type::Caption));
    const QFontMetricsF metrics(painter.font());
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(m_step) - 1e-9)));
    const double baseline = bottom + 15;
    double taken = -1e9;
    const QString unit = m_state.unit.isEmpty() ? QString() : m_state.unit;
    const double unitLeft = plot.right() - metrics.horizontalAdvance(unit);
    for (double tick = std::ceil(m_low / m_step - 1e-9) * m_step; tick <= m_high + 1e-9 * m_step;
         tick += m_step) {
        const double x = std::round(m_axis.x(tick)) + 0.5;
        painter.setPen(QPen(p.line, 1));
        painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + 3));
        const QString word = formatSigned(tick, std::abs(tick) < m_step / 2 ? 0 : decimals);
        const double wide = metrics.horizontalAdvance(word);
        const double left = std::clamp(x - wide / 2, plot.left(), plot.right() - wide);
        if (left < taken + 8 || (!unit.isEmpty() && left + wide > unitLeft - 8)) continue;
        painter.setPen(p.mute);
        painter.drawText(QPointF(left, baseline), word);
        taken = left + wide;
    }
    painter.setPen(p.faint);
    painter.drawText(QPointF(unitLeft, baseline), unit);
}

void DotStrip::paintDot(QPainter& painter, int index) const {
    const Palette& p = colours();
    const PromptDot& dot = m_state.dots[static_cast<std::size_t>(index)];
    const QPointF at = dotPoint(index);
    const QColor colour = dot.value < 0 ? p.negative : dot.value > 0 ? p.positive : p.mute;
    const auto disc = [&](double radius, const QColor& fill, const QColor& rim, double width = 1.0) {
        paintBox(painter, QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius), radius, fill, rim,
                 width);
    };
    if (dot.faint)
        disc(m_radius, {}, faded(colour, 0.5));
    else
        disc(m_radius, faded(colour, 0.82), {});
    if (index == m_hovered) disc(m_radius + 2, {}, p.text, 1.2);
    if (index == m_state.current) {
        disc(m_radius + 1, colour, p.page, 1.0);
        disc(m_radius + 3.5, {}, p.accent, 2.0);
    }
}

void DotStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    if (hasFocus()) paintBox(painter, QRectF(rect()), 4, {}, p.accent, 1.0);
    if (!m_state.message.isEmpty() || m_order.empty()) {
        paintMessage(painter, QRectF(rect()), m_state.message);
        return;
    }
    painter.setOpacity(m_state.stale ? 0.45 : 1.0);
    // What it comes to is said first, in words.
    const QString said = signCount(m_state.dots);
    painter.setFont(typeFont(Theme::Type::BodyStrong));
    painter.setPen(p.text);
    const double baseline = centredBaseline(QRectF(0, 0, 10, kHead), painter.font());
    const double wide = paintLine(painter, kPad, baseline, said, width() - 2 * kPad);
    if (!m_state.title.isEmpty()) {
        painter.setFont(typeFont(Theme::Type::SectionHead));
        painter.setPen(p.mute);
        const double room = width() - 2 * kPad - wide - 16;
        const double titleWide =
            std::min(room, QFontMetricsF(painter.font()).horizontalAdvance(m_state.title));
        if (room > 60) paintLine(painter, width() - kPad - titleWide, baseline, m_state.title, titleWide + 1);
    }
    paintAxis(painter);
    const QRectF plot = plotRect();
    if (!std::isnan(m_median)) {
        const double x = std::round(m_axis.x(m_median)) + 0.5;
        painter.setPen(QPen(p.text, 1.5));
        painter.drawLine(QPointF(x, plot.top() - 2), QPointF(x, plot.bottom()));
        painter.setFont(typeFont(Theme::Type::Caption));
        const QString word = tr("median %1").arg(formatSigned(m_median, m_decimals));
        const double own = QFontMetricsF(painter.font()).horizontalAdvance(word);
        painter.drawText(QPointF(std::clamp(x - own / 2, plot.left(), plot.right() - own), plot.top() - 6),
                         word);
    }
    for (const int index : m_order)
        if (index != m_hovered && index != m_state.current) paintDot(painter, index);
    for (const int index : {m_state.current, m_hovered})
        if (index >= 0 && index < static_cast<int>(m_state.dots.size())) paintDot(painter, index);
}

void DotStrip::setHovered(int index) {
    if (index == m_hovered) return;
    m_hovered = index;
    tell();
    update();
    Q_EMIT dotHovered(index);
}

void DotStrip::resizeEvent(QResizeEvent*) {
    layOut();
}

void DotStrip::mousePressEvent(QMouseEvent* event) {
    const int index = dotAt(event->position());
    if (index >= 0 && event->button() == Qt::LeftButton) Q_EMIT dotChosen(index);
}

void DotStrip::mouseMoveEvent(QMouseEvent* event) {
    const int index = dotAt(event->position());
    if (index == m_hovered) return;
    setHovered(index);
    setCursor(index >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (index >= 0)
        QToolTip::showText(event->globalPosition().toPoint(), tipText(describe(index)), this);
    else
        QToolTip::hideText();
}

void DotStrip::keyPressEvent(QKeyEvent* event) {
    if (m_order.empty() || !m_state.message.isEmpty()) {
        event->ignore();
        return;
    }
    const int from = m_hovered >= 0 ? m_hovered : m_state.current;
    const auto found = std::find(m_order.begin(), m_order.end(), from);
    const int last = static_cast<int>(m_order.size()) - 1;
    int at = found == m_order.end() ? -1 : static_cast<int>(found - m_order.begin());
    switch (event->key()) {
    case Qt::Key_Left:
        at = std::max(0, at - 1);
        break;
    case Qt::Key_Right:
        at = std::min(last, at + 1);
        break;
    case Qt::Key_Home:
        at = 0;
        break;
    case Qt::Key_End:
        at = last;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_hovered >= 0) Q_EMIT dotChosen(m_hovered);
        return;
    default:
        event->ignore();
        return;
    }
    setHovered(m_order[static_cast<std::size_t>(at)]);
    QAccessibleEvent said(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&said);
}

void DotStrip::leaveEvent(QEvent*) {
    setHovered(-1);
}

void DotStrip::focusInEvent(QFocusEvent*) {
    update();
}

void DotStrip::focusOutEvent(QFocusEvent*) {
    setHovered(-1);
    update();
}

} // namespace cutaway::widgets
