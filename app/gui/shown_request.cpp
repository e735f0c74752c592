// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/shown_request.h"

#include "app/gui/resources.h"
#include "core/types/cut_text.h"

#include <QCoreApplication>

#include <algorithm>

namespace cutaway::app {

using session::CodeState;
using session::CommandState;
using session::Session;
using session::ViewMode;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("How", text);
}

/// The run that gives what is shown: cuts that rest are left out, since a command would refuse them.
RunRequest requestOf(const Session& session, const Picture& picture, bool withCuts) {
    RunRequest request = picture.request;
    request.generation = 0;
    request.keep = false;
    request.allPositions = false;
    const int cursor = session.cursor();
    request.position = cursor >= picture.length() - 1 ? -1 : cursor;
    const std::vector<std::string>& inForce = picture.result.cuts;
    std::erase_if(request.cuts, [&](const Cut& cut) {
        return !withCuts || std::find(inForce.begin(), inForce.end(), printCut(cut)) == inForce.end();
    });
    std::erase_if(request.donors, [&](const auto& donor) {
        return std::none_of(request.cuts.begin(), request.cuts.end(), [&](const Cut& cut) {
            return cut.kind == CutKind::Patch && cut.donor == donor.first;
        });
    });
    return request;
}

} // namespace

std::string modelWord(const ModelInfo& model) {
    return model.path == demoModelPath().toStdString() ? "demo" : model.path;
}

RunRequest requestWithCuts(const Session& session, const Picture& picture) {
    return requestOf(session, picture, true);
}

RunRequest shownRequest(const Session& session, const Picture& picture) {
    return requestOf(session, picture, session.view().mode != ViewMode::Uncut);
}

CommandState shownCommand(const Session& session, const Picture& picture, const std::string& model,
                          const std::string& engine) {
    CommandState state;
    state.model = model;
    state.engine = engine;
    state.request = shownRequest(session, picture);
    state.device = session.model().device;
    if (state.device.empty()) state.device = "cpu";
    if (!session.model().dtype.empty()) state.dtype = session.model().dtype;
    return state;
}

CodeState shownCode(const Session& session, const Picture& picture) {
    CodeState state;
    state.model = session.model();
    state.request = shownRequest(session, picture);
    state.tokens = picture.result.tokens;
    for (const auto& [name, input] : state.request.donors)
        if (name == "B") state.donors[name] = session.donorTokens();
    return state;
}

QString presentCaption(const Session& session, const Picture& picture) {
    const ModelInfo& model = session.model();
    QStringList parts{QString::fromStdString(model.name)};
    if (!model.hash.empty()) parts << QString::fromStdString(model.hash.substr(0, 12));
    parts << tr("weights as stored, %1").arg(QString::fromStdString(model.dtype));
    const RunRequest request = shownRequest(session, picture);
    QStringList cuts;
    bool draws = false;
    for (const Cut& cut : request.cuts) {
        cuts << QString::fromStdString(printCut(cut));
        draws = draws || cut.kind == CutKind::Mean || cut.kind == CutKind::Resample;
    }
    const ViewMode mode = session.view().mode;
    const QString what = cuts.isEmpty()             ? tr("uncut")
                         : mode == ViewMode::Change ? tr("change by %1").arg(cuts.join(QStringLiteral("  ")))
                                                    : tr("under %1").arg(cuts.join(QStringLiteral("  ")));
    parts << what;
    if (draws)
        parts << (model.referenceSet.empty()
                      ? tr("mean of this prompt")
                      : tr("reference: %1").arg(QString::fromStdString(model.referenceSet)));
    parts << tr("n = %1").arg(1);
    return parts.join(QStringLiteral(" · "));
}

} // namespace cutaway::app
