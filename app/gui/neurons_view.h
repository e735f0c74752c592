// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture_view.h"

QT_BEGIN_NAMESPACE
class QLabel;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {
class ContributionBars;
}

namespace cutaway::app {

/// The Neurons view: those of a layer that add most to answer − wrong at the cursor.
class NeuronsView : public PictureView {
    Q_OBJECT
public:
    explicit NeuronsView(QWidget* parent = nullptr);

    std::vector<PartWish> wishes(const session::Session& session) const override;
    void setPicture(const Picture* picture, const session::Session& session, bool stale) override;
    std::optional<Payload> selectedPayload() const override;
    QWidget* keyTarget() const override;
    std::optional<ViewTable> table() const override;

    widgets::ContributionBars* bars() const { return m_bars; }

private:
    void stepLayer(int by);

    QLabel* m_caption;
    QLabel* m_layerLabel;
    QToolButton* m_down;
    QToolButton* m_up;
    widgets::ContributionBars* m_bars;
    int m_layer = 0, m_layers = 0, m_head = 0;
};

} // namespace cutaway::app
