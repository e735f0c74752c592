// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontInfo>
#include <QPalette>
#include <QPixmapCache>
#include <QStyle>
#include <QToolTip>
#include <QWidget>

namespace cutaway::widgets {

namespace {

/// The first of `wanted` that is installed, else the system's own. A system without font settings may name a
/// family that ends in serifs or is not of fixed pitch: then the first of `plain` that is installed.
QString firstFamily(const QStringList& wanted, QFontDatabase::SystemFont otherwise,
                    const QStringList& plain) {
    const QStringList present = QFontDatabase::families();
    for (const QString& family : wanted)
        if (present.contains(family)) return family;
    const QFont own = QFontDatabase::systemFont(otherwise);
    const QFontInfo real(own);
    const bool fits = otherwise == QFontDatabase::FixedFont
                          ? real.fixedPitch()
                          : !real.family().contains(QLatin1String("Serif"), Qt::CaseInsensitive);
    if (!fits)
        for (const QString& family : plain)
            if (present.contains(family)) return family;
    return own.family();
}

QPalette qtPalette(const Palette& p) {
    QPalette q;
    q.setColor(QPalette::Window, p.page);
    q.setColor(QPalette::WindowText, p.text);
    q.setColor(QPalette::Base, p.panel);
    q.setColor(QPalette::AlternateBase, p.sunk);
    q.setColor(QPalette::Text, p.text);
    q.setColor(QPalette::Button, p.panel);
    q.setColor(QPalette::ButtonText, p.text);
    q.setColor(QPalette::BrightText, p.text);
    q.setColor(QPalette::Highlight, p.accent);
    q.setColor(QPalette::HighlightedText, p.onAccent);
    q.setColor(QPalette::PlaceholderText, p.faint);
    q.setColor(QPalette::ToolTipBase, p.panel);
    q.setColor(QPalette::ToolTipText, p.text);
    q.setColor(QPalette::Link, p.accent);
    q.setColor(QPalette::LinkVisited, p.accent);
    q.setColor(QPalette::Light, p.panel);
    q.setColor(QPalette::Midlight, p.line);
    q.setColor(QPalette::Mid, p.line);
    q.setColor(QPalette::Dark, p.faint);
    q.setColor(QPalette::Shadow, p.line);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        q.setColor(QPalette::Disabled, role, p.faint);
    return q;
}

} // namespace

Theme& Theme::instance() {
    static Theme theme;
    return theme;
}

Theme::Theme()
    : m_palette(Palette::light()),
      m_sans(firstFamily(
          {QStringLiteral("Inter"), QStringLiteral("Inter Variable")}, QFontDatabase::GeneralFont,
          {QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans"), QStringLiteral("Liberation Sans")})),
      m_mono(firstFamily({QStringLiteral("JetBrains Mono")}, QFontDatabase::FixedFont,
                         {QStringLiteral("Noto Sans Mono"), QStringLiteral("DejaVu Sans Mono"),
                          QStringLiteral("Liberation Mono")})),
      m_motion(qEnvironmentVariableIsEmpty("CUTAWAY_REDUCED_MOTION")) {
    // Qt 6.4 has no colour-scheme hint; a desktop without animations is told by its style.
    if (QApplication::style() && !QApplication::style()->styleHint(QStyle::SH_Widget_Animate))
        m_motion = false;
}

void Theme::setScheme(Scheme scheme) {
    m_scheme = scheme;
    bool dark = scheme == Scheme::Dark;
    if (scheme == Scheme::System && QApplication::style())
        dark = QApplication::style()->standardPalette().color(QPalette::Window).lightness() < 128;
    const Palette wanted = dark ? Palette::darkened() : Palette::light();
    if (wanted == m_palette) return;
    m_palette = wanted;
    Q_EMIT changed();
}

void Theme::setMotion(bool motion) {
    m_motion = motion;
    for (const Qt::UIEffect effect : {Qt::UI_AnimateMenu, Qt::UI_FadeMenu, Qt::UI_AnimateCombo,
                                      Qt::UI_AnimateTooltip, Qt::UI_FadeTooltip})
        if (!motion) QApplication::setEffectEnabled(effect, false);
}

void Theme::setPresenting(bool presenting) {
    if (presenting == m_presenting) return;
    m_presenting = presenting;
    Q_EMIT changed();
}

QFont Theme::font(Type type) const {
    const bool mono = type == Type::Mono || type == Type::MonoCaption || type == Type::Chip;
    QFont f(mono ? m_mono : m_sans);
    f.setStyleHint(mono ? QFont::Monospace : QFont::SansSerif);
    f.setPixelSize(13);
    switch (type) {
    case Type::Answer:
        f.setPixelSize(onStage(24));
        f.setWeight(QFont::DemiBold);
        break;
    case Type::Body:
    case Type::Mono:
        break;
    case Type::Chip:
    case Type::Strip:
        f.setPixelSize(onStage(13));
        break;
    case Type::BodyStrong:
        f.setWeight(QFont::DemiBold);
        break;
    case Type::Caption:
    case Type::MonoCaption:
        f.setPixelSize(11);
        break;
    case Type::CaptionStrong:
        f.setPixelSize(11);
        f.setWeight(QFont::DemiBold);
        break;
    case Type::SectionHead:
        f.setPixelSize(11);
        f.setWeight(QFont::Medium);
        f.setCapitalization(QFont::AllUppercase);
        f.setLetterSpacing(QFont::AbsoluteSpacing, 0.7);
        break;
    }
    return f;
}

void Theme::apply(QApplication& application) {
    // Qt 6.4 keeps the names of the pictures that its cache has dropped, and every menu and dialog brings new
    // ones; the controls are as quick without.
    QPixmapCache::setCacheLimit(0);
    const auto set = [this, &application] {
        QApplication::setFont(font(Type::Body));
        QApplication::setPalette(qtPalette(m_palette));
        QToolTip::setPalette(qtPalette(m_palette));
        QToolTip::setFont(font(Type::Caption));
        application.setStyleSheet(styleSheet());
    };
    set();
    connect(this, &Theme::changed, &application, set);
}

void Theme::apply(QWidget& widget) {
    const auto set = [this, &widget] {
        widget.setFont(font(Type::Body));
        widget.setPalette(qtPalette(m_palette));
        widget.setStyleSheet(styleSheet());
    };
    set();
    connect(this, &Theme::changed, &widget, set);
}

const Palette& colours() {
    return Theme::instance().palette();
}

QFont typeFont(Theme::Type type) {
    return Theme::instance().font(type);
}

void followTheme(QWidget* widget) {
    QObject::connect(&Theme::instance(), &Theme::changed, widget, [widget] {
        widget->updateGeometry();
        widget->update();
    });
}

} // namespace cutaway::widgets
