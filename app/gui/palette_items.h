// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"
#include "core/types/offer.h"
#include "widgets/views/command_palette.h"

#include <QStringList>

#include <optional>
#include <string>
#include <variant>
#include <vector>

QT_BEGIN_NAMESPACE
class QAction;
QT_END_NAMESPACE

namespace cutaway::app {

/// What choosing a row of the palette does.
struct GoToTarget {
    Target target;
};
struct GoToToken {
    int position = 0;
};
struct GoToTab {
    std::string tab;
};
struct AddCut {
    Cut cut;
};
using PaletteChoice = std::variant<std::monostate, QAction*, GoToTarget, GoToToken, GoToTab, AddCut, Offer>;

struct PaletteRow {
    widgets::PaletteItem item;
    PaletteChoice choice;
};

/// What the palette can find, besides what a search itself says.
struct PaletteSources {
    const session::Session* session = nullptr;
    QStringList tokens; ///< visible texts of lane A
    std::vector<std::pair<std::string, QString>> tabs;
    std::vector<QAction*> actions;
};

/// The rows for what was typed, the best first. A target by its name (`L3H1`) comes with everything that
/// offers() has for it, refused rows with their reasons; `zero L3H1` puts that row first; a text that is a
/// cut can be put onto the shelf as it stands. Everything else is found by its letters in order.
std::vector<PaletteRow> paletteRows(const QString& typed, const PaletteSources& sources);

/// How well letters fit a text in order: higher is better, none where they do not. Words' beginnings and
/// neighbours count more.
std::optional<int> letterFit(const QString& letters, const QString& text);

} // namespace cutaway::app
