// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture_view.h"

QT_BEGIN_NAMESPACE
class QLabel;
QT_END_NAMESPACE

namespace cutaway::widgets {
class ContributionBars;
class SegmentedControl;
} // namespace cutaway::widgets

namespace cutaway::app {

/// The Attribution view: what each part adds directly to answer − wrong at the cursor. The bars sum to the
/// difference in the strip.
class AttributionView : public PictureView {
    Q_OBJECT
public:
    explicit AttributionView(QWidget* parent = nullptr);

    std::vector<PartWish> wishes(const session::Session& session) const override;
    void setPicture(const Picture* picture, const session::Session& session, bool stale) override;
    std::optional<Payload> selectedPayload() const override;
    QWidget* keyTarget() const override;
    std::optional<ViewTable> table() const override;

    widgets::ContributionBars* bars() const { return m_bars; }

private:
    QLabel* m_caption;
    widgets::SegmentedControl* m_order;
    widgets::ContributionBars* m_bars;
};

} // namespace cutaway::app
