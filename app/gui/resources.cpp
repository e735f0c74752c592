// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/resources.h"

#include "core/engine/process/remote_engine.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace cutaway::app {

namespace {

/// `tail` where the program's resources stand, if `probe` is there; empty where they are nowhere.
QString resource(const QString& tail, const QString& probe) {
    QStringList roots;
    if (qEnvironmentVariableIsSet("CUTAWAY_RESOURCES")) roots << qEnvironmentVariable("CUTAWAY_RESOURCES");
    roots << QCoreApplication::applicationDirPath() + QStringLiteral("/../share/cutaway")
          << QStringLiteral(CUTAWAY_RESOURCE_DIR);
    for (const QString& root : roots) {
        const QString path = QDir::cleanPath(QDir(root).filePath(tail));
        if (QFileInfo::exists(path + probe)) return path;
    }
    return {};
}

} // namespace

QString demoModelPath() {
    return resource(QStringLiteral("models/demo"), QStringLiteral("/config.json"));
}

QString glossaryPath() {
    return resource(QStringLiteral("glossary.json"), {});
}

EngineProgram engineProgram(const QString& place) {
    if (const auto command = engine::remoteCommand(place.toStdString(), true)) {
        EngineProgram program{QString::fromStdString(command->front()), {}, true};
        for (std::size_t i = 1; i < command->size(); ++i)
            program.arguments << QString::fromStdString((*command)[i]);
        return program;
    }
    if (qEnvironmentVariableIsSet("CUTAWAY_ENGINE"))
        return {qEnvironmentVariable("CUTAWAY_ENGINE"), {}, false};
    const QString here = QCoreApplication::applicationDirPath();
    for (const char* folder : {"", "/../bin"}) {
        const QString file =
            QDir::cleanPath(here + QLatin1String(folder)) + QStringLiteral("/cutaway-engine");
        if (QFileInfo(file).isExecutable()) return {file, {}, false};
    }
    return {QStringLiteral("cutaway-engine"), {}, false}; // wherever PATH has it
}

} // namespace cutaway::app
