// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/write_whole.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSaveFile>

namespace cutaway::app {

QString writeWhole(const QString& path, QByteArrayView bytes) {
    const QFileInfo there(path);
    if (there.exists() && !there.isFile())
        return QCoreApplication::translate("writeWhole", "what is there is no regular file");
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return file.errorString();
    // commit() of Qt 6.4 does not notice what its last flush could not write: on a full disk it would put
    // half a file in the place of the old one.
    if (file.write(bytes.data(), bytes.size()) != bytes.size() || !file.flush()) {
        const QString why = file.errorString();
        file.cancelWriting();
        return why;
    }
    return file.commit() ? QString() : file.errorString();
}

} // namespace cutaway::app
