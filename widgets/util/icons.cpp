// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/icons.h"

#include "widgets/util/theme.h"

#include <QHash>
#include <QIconEngine>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>

#include <algorithm>
#include <array>
#include <memory>

/// A static library's resources are only there once somebody asks for them, outside any namespace.
static void initIconResources() {
    Q_INIT_RESOURCE(icons);
}

namespace cutaway::widgets {

namespace {

constexpr std::array<const char*, 20> kNames = {
    "cut",       "grip",         "close",     "caret_down", "chevron_right", "chevron_down", "step_first",
    "step_back", "step_forward", "step_last", "stop",       "warning",       "copy",         "folder",
    "swap",      "check",        "pencil",    "plus",       "clock",         "pin"};

QSvgRenderer& renderer(Icon icon) {
    static std::array<std::unique_ptr<QSvgRenderer>, kNames.size()> renderers;
    std::unique_ptr<QSvgRenderer>& r = renderers[static_cast<std::size_t>(icon)];
    if (!r) {
        initIconResources();
        r = std::make_unique<QSvgRenderer>(QStringLiteral(":/cutaway/icons/%1.svg")
                                               .arg(QLatin1String(kNames[static_cast<std::size_t>(icon)])));
        Q_ASSERT(r->isValid());
    }
    return *r;
}

/// The drawing in one colour at `side` device pixels.
QImage drawn(Icon icon, int side, const QColor& colour) {
    static QHash<QString, QImage> cache;
    const QString key = QStringLiteral("%1/%2/%3").arg(static_cast<int>(icon)).arg(side).arg(colour.rgba());
    if (const auto found = cache.constFind(key); found != cache.constEnd()) return *found;
    if (cache.size() > 400) cache.clear();
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    renderer(icon).render(&painter, QRectF(0, 0, side, side));
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(image.rect(), colour);
    painter.end();
    cache.insert(key, image);
    return image;
}

/// Draws in any size what Qt's own engine would keep as pixmaps, eight for each button.
class DrawnIcon : public QIconEngine {
public:
    DrawnIcon(Icon icon, const QColor& colour, const QColor& disabled)
        : m_icon(icon), m_colour(colour), m_disabled(disabled) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const int side = std::min(rect.width(), rect.height());
        QRect square(0, 0, side, side);
        square.moveCenter(rect.center());
        paintIcon(*painter, m_icon, square, mode == QIcon::Disabled ? m_disabled : m_colour);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap out(size);
        out.fill(Qt::transparent);
        QPainter painter(&out);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return out;
    }
    QIconEngine* clone() const override { return new DrawnIcon(*this); }

private:
    Icon m_icon;
    QColor m_colour, m_disabled;
};

} // namespace

void paintIcon(QPainter& painter, Icon icon, const QRectF& rect, const QColor& colour) {
    const double scale = painter.device()->devicePixelRatioF();
    painter.drawImage(rect, drawn(icon, qMax(1, qRound(rect.width() * scale)), colour));
}

QIcon iconFor(Icon icon, const QColor& colour) {
    return QIcon(new DrawnIcon(icon, colour, colours().faint));
}

} // namespace cutaway::widgets
