// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/util/palette.h"

#include <QFont>
#include <QObject>
#include <QString>

QT_BEGIN_NAMESPACE
class QApplication;
class QWidget;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// The palette and the type in use, and who to tell when they change. One for the program, on the GUI thread;
/// widgets ask it when they paint and repaint on changed().
class Theme : public QObject {
    Q_OBJECT
public:
    enum class Scheme { System, Light, Dark };
    /// What a piece of text is, which decides its face, size and weight.
    enum class Type {
        Answer,        ///< 24 px semibold: the answer and its numbers
        Body,          ///< 13 px
        BodyStrong,    ///< 13 px semibold
        Caption,       ///< 11 px
        CaptionStrong, ///< 11 px semibold
        SectionHead,   ///< 11 px medium capitals, letter-spaced
        Mono,          ///< 13 px: tokens, cut text, numbers in code
        MonoCaption,   ///< 11 px
        Chip,          ///< a token's chip: as Mono, large while presenting
        Strip,         ///< words beside the answer: as Body, large while presenting
    };

    static Theme& instance();

    /// Chooses light or dark; System takes what the desktop's palette says. Emits changed() if that differs.
    void setScheme(Scheme scheme);
    Scheme scheme() const { return m_scheme; }
    const Palette& palette() const { return m_palette; }
    QFont font(Type type) const;

    /// Whether things may slide. Off where CUTAWAY_REDUCED_MOTION is set or the platform style animates
    /// nothing.
    bool motion() const { return m_motion; }
    void setMotion(bool motion);

    /// For an audience: the answer strip and the chips are large. Emits changed() if that differs.
    void setPresenting(bool presenting);
    bool presenting() const { return m_presenting; }
    /// `pixels` of the strip or of a chip, as large as it is now.
    int onStage(int pixels) const { return m_presenting ? pixels * 3 / 2 : pixels; }

    /// The one style sheet, made from the palette.
    QString styleSheet() const;
    /// Gives the application its font, palette and style sheet, now and at every later change.
    void apply(QApplication& application);
    /// The same for one window (tests, the gallery).
    void apply(QWidget& widget);

Q_SIGNALS:
    void changed();

private:
    Theme();
    Palette m_palette;
    Scheme m_scheme = Scheme::Light;
    QString m_sans, m_mono;
    bool m_motion = true;
    bool m_presenting = false;
};

/// The palette in use; short for Theme::instance().palette().
const Palette& colours();
/// A font in use; short for Theme::instance().font(type).
QFont typeFont(Theme::Type type);
/// Makes a custom-painted widget repaint (and lay out again) when the theme changes.
void followTheme(QWidget* widget);

} // namespace cutaway::widgets
