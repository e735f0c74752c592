// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture_view.h"

namespace cutaway::widgets {
class InsideView;
}

namespace cutaway::app {

/// The Inside view: the selected head at the cursor, step by step.
class InsideTab : public PictureView {
    Q_OBJECT
public:
    explicit InsideTab(QWidget* parent = nullptr);

    std::vector<PartWish> wishes(const session::Session& session) const override;
    void setPicture(const Picture* picture, const session::Session& session, bool stale) override;
    std::optional<Payload> selectedPayload() const override;
    QWidget* keyTarget() const override;
    std::optional<ViewTable> table() const override;

    widgets::InsideView* view() const { return m_view; }

private:
    widgets::InsideView* m_view;
};

} // namespace cutaway::app
