// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "core/session/session.h"
#include "widgets/plot/head_grid.h"

#include <QStringList>

#include <optional>
#include <vector>

/// From the heads' figures to how the Attention view shows them: pure functions.
namespace cutaway::app {

/// What cutting each part alone does to the answer, where that is known.
struct HeadEffects {
    int heads = 0;              ///< of a layer
    std::vector<double> values; ///< [layers × heads] logits, cut − uncut; empty: not known
};

/// The heads in the order they are shown in, best first; ties by layer and head. `scores` are those of Tiles
/// [layers × heads × 5]. By effect: by its size. Empty (layer by layer) for Layer, and where what it sorts by
/// is not known.
std::vector<widgets::HeadId> headOrder(session::HeadSort sort, int heads, const std::vector<float>& scores,
                                       const HeadEffects& effects);

/// The figure under each thumbnail, layer-major: the pattern's type where heads stand by layer, else what
/// they are sorted by (`.93`, `−1.2`).
std::vector<QString> headFigures(session::HeadSort sort, const std::vector<float>& scores,
                                 const HeadEffects& effects);

/// Whether the first token is folded without being asked to: a sequence that begins with a special token
/// (BOS) on which heads rest a third of their attention or more, on average.
bool foldsByItself(const Picture& picture, const engine::Tiles& tiles);
/// The share from which it is.
inline constexpr float restingShare = 1.0F / 3.0F;

/// How long each thumbnail's margin bar is: −1 … 1 of its length. Patterns show the share itself, the others
/// their size against the tiles' scale.
std::vector<float> marginBars(const engine::Tiles& tiles);

/// A sort in a word, as the button and the menu say it.
QString sortName(session::HeadSort sort);

/// The unit of what is shown: of a colour bar.
QString attentionUnit(bool weighted);

} // namespace cutaway::app
