// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picture_view.h"

#include "app/gui/error_sentence.h"

namespace cutaway::app {

QString waitingSentence(const Picture* picture, const PartWish& wish) {
    if (!picture) return PictureView::tr("Nothing has run yet.");
    const auto refused = picture->refused.find(picture->normal(wish));
    if (refused == picture->refused.end()) return PictureView::tr("Being read off the run…");
    return sentenceOf(refused->second) + QLatin1Char('.');
}

} // namespace cutaway::app
