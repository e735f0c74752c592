// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/copy_controller.h"

#include "app/gui/attention_view.h"
#include "app/gui/error_sentence.h"
#include "app/gui/main_window.h"
#include "app/gui/picture_view.h"
#include "app/gui/present.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/shown_request.h"
#include "app/gui/write_whole.h"
#include "core/types/json_codec.h"
#include "core/weights/safetensors.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QAction>
#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFontMetricsF>
#include <QMenu>
#include <QPainter>
#include <QSettings>

#include <cmath>

namespace cutaway::app {

namespace {

constexpr int captionHeight = 26;
constexpr int captionMargin = 12;

const QString folderKey = QStringLiteral("saveFolder");

/// Empty where it worked, else a sentence.
QString written(const QString& file, const QByteArray& bytes) {
    const QString why = writeWhole(file, bytes);
    return why.isEmpty()
               ? QString()
               : CopyController::tr("%1 could not be written: %2").arg(widgets::visibleText(file), why);
}

} // namespace

CopyController::CopyController(MainWindow& window) : QObject(&window), m_window(window) {
    add(tr("Copy command"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), &CopyController::copyCommand);
    add(tr("Copy request (JSON)"), {}, &CopyController::copyRequest);
    add(tr("Copy TransformerLens code"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T),
        &CopyController::copyCode);
    m_actions.push_back(nullptr);
    add(tr("Copy picture"), {}, &CopyController::copyPicture);
    add(tr("Copy table (CSV)"), {}, &CopyController::copyTable);
    m_actions.push_back(nullptr);
    add(tr("Save picture…"), {}, &CopyController::askPicture);
    add(tr("Save table…"), {}, &CopyController::askTable);
    add(tr("Save arrays…"), {}, &CopyController::askArrays);
}

void CopyController::add(const QString& text, const QKeySequence& keys, void (CopyController::*act)()) {
    auto* action = new QAction(text, this);
    if (!keys.isEmpty()) action->setShortcut(keys);
    connect(action, &QAction::triggered, this, act);
    m_window.addAction(action); // its keys work while the menu is closed
    m_actions.push_back(action);
}

void CopyController::fill(QMenu* menu) const {
    for (QAction* action : m_actions)
        if (action)
            menu->addAction(action);
        else
            menu->addSeparator();
}

QString CopyController::commandText() const {
    const Picture* picture = m_window.scheduler().shown();
    if (!picture) return {};
    const session::Session& session = m_window.document().session();
    const Result<std::string> line = session::commandLine(
        shownCommand(session, *picture, modelWord(session.model()), m_window.enginePlace()));
    return line ? QString::fromStdString(*line) : QString();
}

QString CopyController::requestText() const {
    const Picture* picture = m_window.scheduler().shown();
    if (!picture) return {};
    const Json request = toJson(shownRequest(m_window.document().session(), *picture));
    return QString::fromStdString(request.dump(-1, ' ', false, Json::error_handler_t::replace));
}

QString CopyController::codeText() const {
    const Picture* picture = m_window.scheduler().shown();
    if (!picture) return {};
    return QString::fromStdString(
        session::transformerLensCode(shownCode(m_window.document().session(), *picture)));
}

std::optional<ViewTable> CopyController::table() const {
    const session::View& shown = m_window.document().session().view();
    if (m_window.why()->hasFocus() && !m_window.why()->state().bars.empty())
        return barsTable(m_window.why()->state(), QStringLiteral("waterfall"), QStringLiteral("change"));
    if (const PictureView* view = m_window.view(shown.tab)) return view->table();
    const widgets::HeadViewState& head = m_window.attention()->panel()->view()->state();
    if (head.pattern.values.empty()) return std::nullopt;
    const bool change = head.kind == widgets::MapKind::Change;
    const QString value =
        head.weighted ? (change ? QStringLiteral("value_weighted_change") : QStringLiteral("value_weighted"))
        : change      ? QStringLiteral("change")
                      : QStringLiteral("weight");
    return patternTable(head.pattern, head.tokens, head.layer.value, head.head.value, value);
}

QImage CopyController::picture() const {
    const session::View& shown = m_window.document().session().view();
    QWidget* seen = m_window.view(shown.tab);
    if (!seen) seen = m_window.attention();
    const Picture* picture = m_window.scheduler().shown();
    if (!picture) return {};
    return captioned(seen->grab(), presentCaption(m_window.document().session(), *picture));
}

QImage captioned(const QPixmap& picture, const QString& caption) {
    const double ratio = picture.devicePixelRatio();
    const QSizeF size = picture.deviceIndependentSize();
    QImage made(
        QSize(picture.width(), picture.height() + static_cast<int>(std::lround(captionHeight * ratio))),
        QImage::Format_RGB32);
    made.setDevicePixelRatio(ratio);
    made.fill(widgets::colours().page);
    QPainter painter(&made);
    painter.drawPixmap(QPointF(0, 0), picture);
    painter.setFont(widgets::typeFont(widgets::Theme::Type::Caption));
    painter.setPen(widgets::colours().mute);
    const QRectF line(captionMargin, size.height(), size.width() - 2 * captionMargin, captionHeight);
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                     QFontMetricsF(painter.font()).elidedText(caption, Qt::ElideMiddle, line.width()));
    made.setText(QStringLiteral("Description"), caption);
    return made;
}

QString CopyController::savePicture(const QString& file) const {
    const QImage image = picture();
    if (image.isNull()) return tr("there is no picture yet");
    QByteArray bytes;
    QBuffer buffer(&bytes);
    if (!buffer.open(QIODevice::WriteOnly) || !image.save(&buffer, "PNG"))
        return tr("the picture could not be made");
    return written(file, bytes);
}

QString CopyController::saveTable(const QString& file) const {
    const std::optional<ViewTable> shown = table();
    const Picture* picture = m_window.scheduler().shown();
    if (!shown || !picture) return tr("this view has no table yet");
    const bool json = file.endsWith(QLatin1String(".json"), Qt::CaseInsensitive);
    const QByteArray bytes =
        json ? jsonOf(*shown, presentCaption(m_window.document().session(), *picture)) : csvOf(*shown);
    return written(file, bytes);
}

QString CopyController::saveArrays(const QString& file) const {
    const std::optional<ViewTable> shown = table();
    const Picture* picture = m_window.scheduler().shown();
    if (!shown || shown->arrays.empty() || !picture) return tr("this view has no arrays yet");
    std::map<std::string, std::string> metadata{
        {"caption", presentCaption(m_window.document().session(), *picture).toStdString()},
        {"request", requestText().toStdString()}};
    const Status written = weights::writeSafetensors(file.toStdString(), shown->arrays, metadata);
    return written ? QString() : sentenceOf(written.error());
}

void CopyController::put(const QString& text, const QString& what) {
    if (text.isEmpty()) return Q_EMIT failed(tr("There is nothing to copy yet."));
    QApplication::clipboard()->setText(text);
    Q_EMIT said(what);
}

void CopyController::copyCommand() {
    const Picture* picture = m_window.scheduler().shown();
    const QString line = commandText();
    if (picture && line.isEmpty()) return Q_EMIT failed(tr("A command line cannot say this state."));
    put(line, tr("command copied"));
}

void CopyController::copyRequest() {
    put(requestText(), tr("request copied"));
}

void CopyController::copyCode() {
    put(codeText(), tr("TransformerLens code copied"));
}

void CopyController::copyPicture() {
    const QImage image = picture();
    if (image.isNull()) return Q_EMIT failed(tr("There is nothing to copy yet."));
    QApplication::clipboard()->setImage(image);
    Q_EMIT said(tr("picture copied"));
}

void CopyController::copyTable() {
    const std::optional<ViewTable> shown = table();
    put(shown ? QString::fromUtf8(csvOf(*shown)) : QString(), tr("table copied"));
}

QString CopyController::stem() const {
    const std::optional<ViewTable> shown = table();
    const session::Session& session = m_window.document().session();
    return QStringLiteral("%1-%2").arg(QString::fromStdString(session.model().name),
                                       shown ? shown->name : QString::fromStdString(session.view().tab));
}

QString CopyController::askFile(const QString& title, const QString& suffix, const QString& filter) const {
    QSettings settings;
    const QString folder = settings.value(folderKey, QDir::homePath()).toString();
    const QString file =
        QFileDialog::getSaveFileName(&m_window, title, QDir(folder).filePath(stem() + suffix), filter);
    if (!file.isEmpty()) settings.setValue(folderKey, QFileInfo(file).absolutePath());
    return file;
}

void CopyController::tell(const QString& trouble, const QString& file) {
    if (!trouble.isEmpty()) return Q_EMIT failed(trouble);
    Q_EMIT said(tr("%1 saved").arg(QFileInfo(file).fileName()));
}

void CopyController::askPicture() {
    const QString file = askFile(tr("Save picture"), QStringLiteral(".png"), tr("Pictures (*.png)"));
    if (!file.isEmpty()) tell(savePicture(file), file);
}

void CopyController::askTable() {
    const QString file = askFile(tr("Save table"), QStringLiteral(".csv"), tr("Tables (*.csv *.json)"));
    if (!file.isEmpty()) tell(saveTable(file), file);
}

void CopyController::askArrays() {
    const QString file =
        askFile(tr("Save arrays"), QStringLiteral(".safetensors"), tr("Arrays (*.safetensors)"));
    if (!file.isEmpty()) tell(saveArrays(file), file);
}

} // namespace cutaway::app
