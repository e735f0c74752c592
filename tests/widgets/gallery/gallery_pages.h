// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

QT_BEGIN_NAMESPACE
class QWidget;
QT_END_NAMESPACE

namespace cutaway::tests {

/// The views that stand under one tab each, with invented data: `lens`, `sweep`, …
QStringList pageNames();
/// One of them; null for another name.
QWidget* makePage(const QString& name);

} // namespace cutaway::tests
