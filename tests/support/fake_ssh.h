// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QString>

namespace cutaway::tests {

/// Puts a program `ssh` before all others in PATH that has two machines: on `here` it runs what it is told
/// with the programs of `bin`, to any other there is no way until a file of its name stands beside `ssh`.
/// Other words than Cutaway's it refuses.
inline bool installFakeSsh(const QString& folder, const QString& bin) {
    QFile script(QDir(folder).filePath(QStringLiteral("ssh")));
    if (!script.open(QIODevice::WriteOnly)) return false;
    script.write("#!/bin/sh\n"
                 "[ \"$1\" = -T ] || exit 9\n"
                 "while [ \"$1\" != -- ]; do shift || exit 9; done\n"
                 "shift; host=$1; shift\n"
                 "case $host in\n"
                 "here) PATH=" +
                 QFile::encodeName(QDir(bin).absolutePath()) +
                 ":$PATH exec \"$@\" ;;\n"
                 "*) [ -e \"${0%/*}/$host\" ] && exec \"$0\" -T -- here \"$@\"\n"
                 "   printf 'A warning of some lines\\r\\n' >&2\n"
                 "   printf 'ssh: Could not resolve hostname %s: Name or service not known\\r\\n' $host >&2\n"
                 "   exit 255 ;;\n"
                 "esac\n");
    script.close();
    if (!script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner)) return false;
    return qputenv("PATH", QFile::encodeName(folder) + ':' + qgetenv("PATH"));
}

} // namespace cutaway::tests
