// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace cutaway::widgets {
class DropSheet;
class Ghost;
} // namespace cutaway::widgets

namespace cutaway::tests {

/// A window of widgets with invented data, laid out as the program's own.
class GalleryWindow : public QWidget {
    Q_OBJECT
public:
    /// Which model is pretended: small (4 × 8, 15 tokens) or large (12 × 12, 1,024 tokens).
    enum class Size { Small, Large };

    GalleryWindow(Size size, bool change, bool firstMinute);
    /// Pretends a head is carried over the sheet.
    void showDrag();
    /// Shows the card of an opened model.
    void showCard();

private:
    QWidget* m_centre = nullptr;
    widgets::DropSheet* m_sheet = nullptr;
    widgets::Ghost* m_ghost = nullptr;
};

} // namespace cutaway::tests
