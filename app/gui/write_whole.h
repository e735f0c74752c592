// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QString>

namespace cutaway::app {

/// Writes a file whole or not at all: until it is complete and on the disk, what was there before stays. Only
/// regular files are replaced. Empty where it worked, else why not. Any thread.
QString writeWhole(const QString& path, QByteArrayView bytes);

} // namespace cutaway::app
