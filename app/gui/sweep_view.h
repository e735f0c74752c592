// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture_view.h"

QT_BEGIN_NAMESPACE
class QLabel;
class QPushButton;
QT_END_NAMESPACE

namespace cutaway::widgets {
class CellGrid;
class SegmentedControl;
} // namespace cutaway::widgets

namespace cutaway::app {

class SweepController;

/// The Sweep view: what cutting each component would do to answer − wrong at the cursor, run by run. Starts
/// when it is seen and the picture has settled; cells stream in.
class SweepView : public PictureView {
    Q_OBJECT
public:
    explicit SweepView(SweepController& sweeps, QWidget* parent = nullptr);

    std::vector<PartWish> wishes(const session::Session& session) const override;
    void setPicture(const Picture* picture, const session::Session& session, bool stale) override;
    std::optional<Payload> selectedPayload() const override;
    QWidget* keyTarget() const override;
    std::optional<ViewTable> table() const override;

    widgets::CellGrid* grid() const { return m_grid; }
    /// What its cells answer.
    SweepRequest request() const;
    /// Heads, MLPs and attention, or the residual stream.
    void setOver(int segment);

private:
    /// Asks for the sweep of what is shown, once.
    void start();
    void fill();
    SweepOver over() const;
    CutKind kind() const;

    SweepController& m_sweeps;
    QLabel* m_caption;
    widgets::SegmentedControl* m_over;
    widgets::SegmentedControl* m_kind;
    QPushButton* m_stop;
    widgets::CellGrid* m_grid;
    RunRequest m_run; ///< of the shown picture
    std::string m_pictureKey;
    QStringList m_tokens;
    QString m_answer, m_wrong;
    ModelTraits m_traits;
    int m_cursor = -1;
    bool m_scored = false, m_means = false;
};

} // namespace cutaway::app
