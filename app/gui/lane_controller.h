// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/document.h"
#include "app/gui/engine_host.h"
#include "widgets/views/lanes.h"

#include <QObject>

#include <optional>
#include <string>

namespace cutaway::app {

/// Knows what the window has to know of lane B and of tokens before they run: reads the tokens a run waits
/// for, runs the donor uncut for its chips and its difference, and says what stands in lane B. GUI thread.
class LaneController : public QObject {
    Q_OBJECT
public:
    LaneController(EngineHost& host, Document& document, QObject* parent = nullptr);

    /// Another model: nothing read before means anything.
    void setModel();
    /// Asks for the tokens that a run of the document waits for; whether it has to wait. Where they cannot be
    /// read it has not: the run says why.
    bool awaitTokens();
    /// Asks for the donor's run where it is not the one that is here. `scored` is what lane A is scored by.
    void want(const session::Choice& scored);

    /// The donor's own run; null while it is not here.
    const RunResult* result() const { return m_result ? &*m_result : nullptr; }
    /// Answer − wrong in the donor at the token tied to the cursor, logits.
    std::optional<double> difference() const;
    widgets::DonorLaneState state() const;

Q_SIGNALS:
    /// Tokens came: what waited for them can run.
    void tokensRead();
    /// Lane B shows something else.
    void changed();

private:
    void readOwn();
    void readDonor();
    RunRequest request(const session::Choice& scored) const;

    EngineHost& m_host;
    Document& m_document;
    std::optional<RunResult> m_result;
    std::string m_key;          ///< of the run that was asked for
    QString m_error;            ///< why lane B cannot be read
    session::Sequence m_failed; ///< a prompt whose tokens cannot be read
    session::Sequence m_failedDonor;
    std::uint64_t m_asked = 0; ///< number of the newest run; answers to others are dropped
    std::uint64_t m_epoch = 0; ///< of the model
};

/// What the cuts do to the difference, measured by lane B where it has one: "restores 74 % of the gap to B",
/// "removes 74 % of the gap to B"; else "removes 111 %". Empty where nothing can be said (no difference to
/// measure by, or less than a hundredth of a logit). Differences in logits.
QString presentShare(double uncut, double cut, std::optional<double> donor);

} // namespace cutaway::app
