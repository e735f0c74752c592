// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "core/types/run_result.h"

#include <QString>

#include <functional>
#include <vector>

QT_BEGIN_NAMESPACE
class QMenu;
class QWidget;
QT_END_NAMESPACE

namespace cutaway::app {

/// The same rows as the zones, as a menu; rows that cannot apply stay, grey, with the reason. Deletes itself
/// once closed.
QMenu* makeOfferMenu(QWidget* parent, const QString& title, const std::vector<Offer>& offers,
                     std::function<void(const Offer&)> chosen);

/// The top predictions to choose from, with their probabilities. `current` is marked. Deletes itself once
/// closed.
QMenu* makePredictionMenu(QWidget* parent, const std::vector<Prediction>& top, TokenId current,
                          std::function<void(const Prediction&)> chosen);

} // namespace cutaway::app
