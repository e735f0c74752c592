// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/lane_controller.h"

#include "app/gui/error_sentence.h"
#include "app/gui/present.h"
#include "app/gui/run_scheduler.h"
#include "core/session/alignment.h"
#include "core/types/json_codec.h"
#include "widgets/util/text.h"

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace session;

namespace {

std::vector<TokenId> idsOf(const std::vector<TokenPiece>& pieces) {
    std::vector<TokenId> ids;
    for (const TokenPiece& piece : pieces)
        ids.push_back(piece.id);
    return ids;
}

} // namespace

LaneController::LaneController(EngineHost& host, Document& document, QObject* parent)
    : QObject(parent), m_host(host), m_document(document) {}

void LaneController::setModel() {
    ++m_epoch;
    m_host.cancel(JobTag::Donor);
    ++m_asked;
    m_result.reset();
    m_key.clear();
    m_error.clear();
    m_failed = m_failedDonor = {};
    Q_EMIT changed();
}

bool LaneController::awaitTokens() {
    const Session& session = m_document.session();
    if (session.model().traits.nLayers == 0 || !session.needsTokens()) return false;
    if (!session.tokensKnown()) {
        if (m_failed == session.sequence() && !m_failed.text.empty()) return false;
        readOwn();
        return true;
    }
    if (session.donorTokensKnown() || session.donor().sequence.text.empty()) return false;
    if (m_failedDonor == session.donor().sequence) return false;
    readDonor();
    return true;
}

void LaneController::readOwn() {
    const Sequence asked = m_document.session().sequence();
    m_host.ask<std::vector<TokenPiece>>(
        JobTag::Hover, engine::TokenizeRequest{inputOf(asked)},
        [this, asked, epoch = m_epoch](const Result<std::vector<TokenPiece>>& pieces) {
            if (epoch != m_epoch || !(asked == m_document.session().sequence())) return;
            if (pieces)
                m_document.setTokensRun(idsOf(*pieces));
            else if (pieces.error().code != ErrorCode::Cancelled)
                m_failed = asked;
            Q_EMIT tokensRead();
        });
}

void LaneController::readDonor() {
    const Sequence asked = m_document.session().donor().sequence;
    m_host.ask<std::vector<TokenPiece>>(
        JobTag::Hover, engine::TokenizeRequest{inputOf(asked)},
        [this, asked, epoch = m_epoch](const Result<std::vector<TokenPiece>>& pieces) {
            if (epoch != m_epoch || !(asked == m_document.session().donor().sequence)) return;
            if (pieces)
                m_document.setDonorTokens(idsOf(*pieces));
            else if (pieces.error().code != ErrorCode::Cancelled)
                m_failedDonor = asked;
            Q_EMIT tokensRead();
        });
}

RunRequest LaneController::request(const Choice& scored) const {
    const Session& session = m_document.session();
    RunRequest request;
    request.input = inputOf(session.donor().sequence);
    request.answer = scored.answer;
    request.wrong = scored.wrong;
    request.pieces = true;
    request.loss = false;
    // A token is some four letters. Where the figures of all positions cost much, chips go unshaded.
    const auto letters = static_cast<std::int64_t>(session.donor().sequence.text.size());
    const std::int64_t length =
        std::max(letters / 4, static_cast<std::int64_t>(session.donor().sequence.tokens.size()));
    request.allPositions = length * session.model().traits.dVocabOut <= RunScheduler::manyLogits;
    if (!request.allPositions && session.donorTokensKnown())
        request.position = std::max(session.donorPosition(session.cursor()), -1);
    return request;
}

void LaneController::want(const Choice& scored) {
    const Session& session = m_document.session();
    const Donor& donor = session.donor();
    const bool empty = donor.sequence.text.empty() && donor.sequence.tokens.empty();
    if (!donor.present || empty || session.model().traits.nLayers == 0) {
        if (m_key.empty() && !m_result) return;
        m_host.cancel(JobTag::Donor);
        ++m_asked;
        m_key.clear();
        m_result.reset();
        m_error.clear();
        Q_EMIT changed();
        return;
    }
    RunRequest wanted = request(scored);
    const std::string key = toJson(wanted).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (key == m_key) return;
    m_key = key;
    Q_EMIT changed();
    m_host.ask<RunResult>(JobTag::Donor, std::move(wanted),
                          [this, number = ++m_asked, asked = donor.sequence](Result<RunResult> result) {
                              if (number != m_asked) return;
                              if (result) {
                                  m_error.clear();
                                  m_result = std::move(*result);
                                  const bool known = m_document.session().donorTokensKnown();
                                  if (asked == m_document.session().donor().sequence)
                                      m_document.setDonorTokens(m_result->tokens);
                                  if (!known) Q_EMIT tokensRead();
                              } else if (result.error().code == ErrorCode::Cancelled) {
                                  m_key.clear();
                                  return;
                              } else {
                                  m_error = sentenceOf(result.error());
                                  m_result.reset();
                              }
                              Q_EMIT changed();
                          });
}

std::optional<double> LaneController::difference() const {
    const Session& session = m_document.session();
    if (!m_result || !session.donorTokensKnown()) return std::nullopt;
    const int at = session.donorPosition(session.cursor());
    const RunSide& side = m_result->main;
    for (std::size_t i = 0; i < side.positions.size() && i < side.diffs.size(); ++i)
        if (side.positions[i].position == at) return side.diffs[i];
    return std::nullopt;
}

widgets::DonorLaneState LaneController::state() const {
    const Session& session = m_document.session();
    widgets::DonorLaneState state;
    state.present = session.donor().present;
    if (!state.present) return state;
    state.text = QString::fromStdString(session.donor().sequence.text);
    if (!m_error.isEmpty()) {
        state.sentence = m_error;
        return state;
    }
    if (state.text.isEmpty() && session.donor().sequence.tokens.empty()) {
        state.sentence = tr("A second prompt to borrow from. Write one, or Ctrl+D copies lane A.");
        return state;
    }
    if (m_result) {
        state.chips = widgets::chipsOf(m_result->pieces);
        for (const PositionPredictions& at : m_result->main.positions) {
            const auto next = static_cast<std::size_t>(at.position) + 1;
            if (next < state.chips.size()) state.chips[next].prob = at.actualProb;
        }
    }
    state.stale = m_result && !session.donorTokensKnown();
    if (!session.donorTokensKnown() || !session.tokensKnown()) {
        state.sentence = tr("reading…");
        return state;
    }
    const int length = static_cast<int>(session.tokens().size());
    for (int own = 0; own < length; ++own) {
        const int donor = session.donorPosition(own);
        state.ties.push_back(donor);
        state.changed.push_back(donor >= 0 && session.tokens()[static_cast<std::size_t>(own)] !=
                                                  session.donorTokens()[static_cast<std::size_t>(donor)]);
    }
    const auto tied =
        std::count_if(state.ties.begin(), state.ties.end(), [](int donor) { return donor >= 0; });
    const bool custom = !session.donor().ties.ranges.empty();
    if (session.tokens().size() == session.donorTokens().size() && !custom)
        state.sentence = tr("A runs, cuts borrow from B");
    else
        state.sentence = tr("B lends · %1 of %2 tokens tied").arg(tied).arg(length);
    return state;
}

QString presentShare(double uncut, double cut, std::optional<double> donor) {
    constexpr double least = 0.01; // logits
    const auto percent = [](double share) { return QString::number(std::lround(share * 100.0)); };
    if (donor) {
        const double gap = *donor - uncut;
        if (std::abs(gap) < least) return {};
        const double share = (cut - uncut) / gap;
        // Lane B says the answer more: what comes of it restores. It says it less: what comes of it removes.
        return gap > 0.0 ? LaneController::tr("restores %1 % of the gap to B").arg(percent(share))
                         : LaneController::tr("removes %1 % of the gap to B").arg(percent(share));
    }
    if (uncut < least) return {}; // it does not say the answer to begin with
    const double share = (uncut - cut) / uncut;
    if (std::lround(share * 100.0) == 0) return {};
    return share > 0.0 ? LaneController::tr("removes %1 %").arg(percent(share))
                       : LaneController::tr("adds %1 %").arg(percent(-share));
}

} // namespace cutaway::app
