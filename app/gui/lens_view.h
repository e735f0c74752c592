// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture_view.h"
#include "core/engine/engine.h"

QT_BEGIN_NAMESPACE
class QLabel;
QT_END_NAMESPACE

namespace cutaway::widgets {
class CellGrid;
class SegmentedControl;
} // namespace cutaway::widgets

namespace cutaway::app {

/// The Lens view: what the residual stream would say at each layer and position, coloured by the probability
/// of that token or of the answer.
class LensView : public PictureView {
    Q_OBJECT
public:
    explicit LensView(QWidget* parent = nullptr);

    std::vector<PartWish> wishes(const session::Session& session) const override;
    void setPicture(const Picture* picture, const session::Session& session, bool stale) override;
    std::optional<Payload> selectedPayload() const override;
    QWidget* keyTarget() const override;
    std::optional<ViewTable> table() const override;

    widgets::CellGrid* grid() const { return m_grid; }
    /// Colour by the answer's probability rather than by that of the likeliest token.
    void setByAnswer(bool byAnswer);
    /// How often each layer's lens agrees with the output over the reference set; where that is not known,
    /// `whyNot` says why, or is empty while it is being counted.
    void setCalibration(const std::optional<engine::LensCalibration>& calibration, const QString& whyNot);

    /// A layer whose lens agrees with the output less often than this fades.
    static constexpr double trusted = 0.5;

private:
    void fill();

    QLabel* m_caption;
    widgets::SegmentedControl* m_colour;
    widgets::CellGrid* m_grid;
    LensResult m_lens;
    std::optional<engine::LensCalibration> m_calibration;
    QString m_whyNot;
    QStringList m_tokens;
    QString m_answer;
    int m_cursor = -1;
    bool m_stale = false;
};

} // namespace cutaway::app
