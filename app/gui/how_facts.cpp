// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/how_facts.h"

#include "app/gui/glossary.h"
#include "app/gui/present.h"
#include "app/gui/shown_request.h"
#include "core/types/cut_text.h"
#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>

namespace cutaway::app {

using namespace widgets;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("How", text);
}

} // namespace

HowFacts::HowFacts(const HowSubject& subject, const HowScene& scene)
    : m_subject(subject), m_scene(scene), m_session(scene.session), m_picture(scene.picture),
      m_shown(m_picture.effective(shownFor(m_session.view().mode))),
      m_cursor(std::min(m_session.cursor(), m_picture.length() - 1)),
      m_command(shownCommand(m_session, m_picture, scene.model, scene.engine)) {}

QString HowFacts::full(double value) {
    return QString::number(value, 'g', 9).replace(QLatin1Char('-'), QChar(0x2212));
}

void HowFacts::start(const HowText& of) {
    m_text = of;
    m_text.rows.clear(); // "see also" is for the term alone
}
void HowFacts::row(const QString& name, const QString& text, const char* id) {
    if (!text.isEmpty()) m_text.rows.push_back({name, text, id ? termTip(id) : QString()});
}
QString HowFacts::token(int position) const {
    const auto& pieces = m_picture.pieces();
    return position >= 0 && position < static_cast<int>(pieces.size())
               ? visibleToken(pieces[static_cast<std::size_t>(position)], position == 0)
               : QString();
}
QString HowFacts::place(int position) const {
    return tr("%1 (position %2)").arg(token(position)).arg(position);
}
QString HowFacts::pair() const {
    return tr("“%1” − “%2”").arg(answerWord(m_session, m_picture), wrongWord(m_session, m_picture));
}

AnswerStripState HowFacts::strip() const {
    return m_scene.strip ? *m_scene.strip : presentAnswer(m_session, &m_picture, false, {}, {});
}

void HowFacts::saves(const std::string& hooks, const char* file) {
    m_command.more = {"--hooks", hooks, "--save", file};
}

void HowFacts::common() {
    const ModelInfo& model = m_session.model();
    const RunResult& result = m_picture.result;
    const std::string dtype = result.dtype.empty() ? model.dtype : result.dtype;
    const std::string device = result.device.empty() ? model.device : result.device;
    QStringList cuts;
    for (const Cut& cut : m_command.request.cuts)
        cuts << QString::fromStdString(printCut(cut));
    row(tr("Cuts"), cuts.isEmpty() ? tr("none") : cuts.join(QStringLiteral("  ")), "cut");
    const auto drawsOn = [](const Cut& cut) {
        return cut.kind == CutKind::Mean || cut.kind == CutKind::Resample;
    };
    if (std::any_of(m_command.request.cuts.begin(), m_command.request.cuts.end(), drawsOn))
        row(tr("Reference set"),
            model.referenceSet.empty() ? tr("none: mean of this prompt")
                                       : QString::fromStdString(model.referenceSet),
            "reference_set");
    row(tr("Weights"),
        tr("as stored (raw), computed in %1 on %2")
            .arg(QString::fromStdString(dtype), QString::fromStdString(device)),
        "raw_weights");
    const bool bos = !m_picture.pieces().empty() && m_picture.pieces().front().special;
    row(tr("BOS"), bos ? tr("yes, %1 at position 0").arg(token(0)) : tr("no"), "bos");
    const bool own = m_subject.kind == HowKind::Card || m_subject.kind == HowKind::Sweep;
    row(tr("Computed"),
        own ? tr("exact · a run of its own")
            : tr("exact · %1 · %2")
                  .arg(QString::fromStdString(result.computed.empty() ? "full" : result.computed),
                       formatMilliseconds(result.milliseconds)),
        "exact");
    row(tr("Model"), model.hash.empty() ? QString::fromStdString(model.name)
                                        : tr("%1 · SHA-256 %2…")
                                              .arg(QString::fromStdString(model.name),
                                                   QString::fromStdString(model.hash.substr(0, 12))));
    const int prompts = strip().prompts;
    row(tr("n"), prompts <= 1 ? tr("1 prompt") : tr("1 prompt, the one shown of %1").arg(prompts), "n");
}

} // namespace cutaway::app
