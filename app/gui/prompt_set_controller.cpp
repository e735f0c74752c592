// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/prompt_set_controller.h"

#include "app/gui/error_sentence.h"
#include "core/session/alignment.h"
#include "core/types/cut_text.h"
#include "core/types/json_codec.h"

#include <algorithm>
#include <numeric>

namespace cutaway::app {

using namespace session;

namespace {

constexpr std::size_t keptStates = 8;

QString sentence(const Error& error) {
    return sentenceOf(error);
}

bool anyNamesPositions(const std::vector<Cut>& cuts) {
    return std::any_of(cuts.begin(), cuts.end(), [](const Cut& cut) { return namesPositions(cut); });
}

} // namespace

std::optional<double> PromptOutcome::value(bool hasCuts) const {
    if (!ran || !skipped.isEmpty() || !uncut) return std::nullopt;
    if (!hasCuts) return uncut;
    return cut ? std::optional(*cut - *uncut) : std::nullopt;
}

PromptSetController::PromptSetController(EngineHost& host, Document& document, QObject* parent)
    : QObject(parent), m_host(host), m_document(document) {}

void PromptSetController::setModel() {
    ++m_epoch;
    m_host.cancel(JobTag::Set);
    m_states.clear();
    m_making.reset();
    m_running = m_wanted = m_stopped = false;
}

void PromptSetController::openFile(const QString& file) {
    Result<PromptSet> set = readPromptSet(file.toStdString());
    if (!set) {
        Q_EMIT failed(sentence(set.error()));
        return;
    }
    m_document.openSet(std::move(*set));
}

void PromptSetController::tryLike(int count, const QString& words, const Choice& shown) {
    const Session& session = m_document.session();
    if (!session.sequence().tokens.empty()) {
        Q_EMIT failed(tr("Prompts like this one are made of a text: step back to the prompt first."));
        return;
    }
    const Result<WordClasses> classes = readWordClasses(words.toStdString());
    if (!classes) {
        Q_EMIT failed(sentence(classes.error()));
        return;
    }
    Making making;
    PromptItem own{inputOf(session.sequence()), shown.answer, shown.wrong};
    // Many more than are wanted: those of another number of tokens are left out.
    making.candidates = variantsOf(own, *classes, count * 6, 1);
    if (making.candidates.empty()) {
        Q_EMIT failed(tr("This prompt holds no name, place or thing that could be swapped for another."));
        return;
    }
    making.count = count;
    making.length = session.length();
    making.taken.push_back(std::move(own));
    const QString text = QString::fromStdString(session.sequence().text);
    making.name = tr("like “%1”").arg(text.size() > 40 ? text.left(39) + QChar(0x2026) : text);
    m_making = std::move(making);
    Q_EMIT changed();
    countNext();
}

void PromptSetController::countNext() {
    Making& making = *m_making;
    if (static_cast<int>(making.taken.size()) >= making.count || making.next >= making.candidates.size()) {
        PromptSet set;
        set.name = tr("%1 prompts %2").arg(making.taken.size()).arg(making.name).toStdString();
        set.items = std::make_shared<const std::vector<PromptItem>>(std::move(making.taken));
        m_making.reset();
        m_document.openSet(std::move(set));
        return;
    }
    m_host.ask<std::vector<TokenPiece>>(
        JobTag::Set, engine::TokenizeRequest{making.candidates[making.next].input},
        [this, epoch = m_epoch](const Result<std::vector<TokenPiece>>& pieces) {
            if (epoch != m_epoch || !m_making) return;
            Making& now = *m_making;
            if (pieces && static_cast<int>(pieces->size()) == now.length)
                now.taken.push_back(now.candidates[now.next]);
            if (!pieces && pieces.error().code == ErrorCode::Cancelled) {
                m_making.reset();
                Q_EMIT changed();
                return;
            }
            ++now.next;
            countNext();
        });
}

PromptSetController::State& PromptSetController::current() {
    const Session& session = m_document.session();
    const std::vector<Cut> cuts = session.cutsInForce();
    m_hasCuts = !cuts.empty();
    m_summary.reset();
    RunRequest about = session.toRunRequest({}, cuts);
    about.input = {};
    about.answer = session.part<Choice>().answer;
    about.wrong = session.part<Choice>().wrong;
    std::string key = toJson(about).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (session.view().cursor >= 0) key += '@' + std::to_string(session.view().cursor);
    if (anyNamesPositions(cuts)) key += '#' + std::to_string(session.length());
    key += '\n' + session.promptSet().name;
    const auto known =
        std::find_if(m_states.begin(), m_states.end(), [&](const State& state) { return state.key == key; });
    const auto size = static_cast<std::size_t>(session.promptSet().size());
    if (known == m_states.end()) {
        m_states.push_front({std::move(key), std::vector<PromptOutcome>(size)});
        if (m_states.size() > keptStates) m_states.pop_back();
    } else if (known != m_states.begin()) {
        std::rotate(m_states.begin(), known, known + 1);
    }
    if (m_states.front().outcomes.size() != size) m_states.front().outcomes.assign(size, {});
    return m_states.front();
}

void PromptSetController::want() {
    if (!m_document.session().promptSet().open() || m_making) return;
    current();
    m_wanted = !m_stopped;
    Q_EMIT changed();
    if (!m_running) next();
}

void PromptSetController::pause() {
    m_wanted = m_stopped = false;
    if (m_running) m_host.cancel(JobTag::Set);
}

void PromptSetController::stop() {
    if (m_making) m_host.cancel(JobTag::Set);
    if (!m_document.session().promptSet().open()) return;
    m_wanted = false;
    m_stopped = m_running;
    if (m_running) m_host.cancel(JobTag::Set);
}

void PromptSetController::next() {
    const Session& session = m_document.session();
    if (!m_wanted || !session.promptSet().open()) return;
    State& state = current();
    // From the shown prompt on, round: what is looked at is known first.
    const int size = session.promptSet().size();
    int item = -1;
    for (int i = 0; i < size && item < 0; ++i) {
        const int at = (session.promptSet().current + i) % size;
        if (!state.outcomes[static_cast<std::size_t>(at)].ran) item = at;
    }
    if (item < 0) {
        Q_EMIT changed();
        return;
    }
    const PromptItem& prompt = session.promptSet().item(item);
    const Choice& own = session.part<Choice>();
    RunRequest request = session.toRunRequest({}, session.cutsInForce());
    request.input = prompt.input;
    request.answer = prompt.answer.empty() ? own.answer : prompt.answer;
    request.wrong = prompt.answer.empty() ? own.wrong : prompt.wrong;
    request.allPositions = false;
    request.position = session.view().cursor;
    request.keep = false;
    request.loss = false;
    request.top = 1;
    request.restCuts = true;
    if (request.answer.empty() || request.wrong.empty()) {
        state.outcomes[static_cast<std::size_t>(item)] = {
            true, {}, {}, tr("it names no answer and wrong, and none is chosen here")};
        return next();
    }
    m_running = true;
    m_host.ask<RunResult>(
        JobTag::Set, std::move(request),
        [this, item, key = state.key, epoch = m_epoch,
         positions = anyNamesPositions(session.cutsInForce())](const Result<RunResult>& result) {
            if (epoch != m_epoch) return;
            m_running = false;
            const bool same = m_document.session().promptSet().open() && current().key == key;
            if (same) take(item, result, positions);
            next();
            if (!m_running) Q_EMIT changed();
        });
}

void PromptSetController::take(int item, const Result<RunResult>& result, bool positions) {
    State& state = current();
    if (item >= static_cast<int>(state.outcomes.size())) return;
    if (!result && result.error().code == ErrorCode::Cancelled) return;
    PromptOutcome& outcome = state.outcomes[static_cast<std::size_t>(item)];
    outcome.ran = true;
    if (!result) {
        outcome.skipped = sentence(result.error());
        return tell();
    }
    const RunSide& uncut = result->uncut ? *result->uncut : result->main;
    if (!uncut.diffs.empty()) outcome.uncut = uncut.diffs.front();
    if (result->uncut && !result->main.diffs.empty()) outcome.cut = result->main.diffs.front();
    if (positions && static_cast<int>(result->tokens.size()) != m_document.session().length())
        outcome.skipped = tr("it has %1 tokens, the cuts name positions of a prompt of %2")
                              .arg(result->tokens.size())
                              .arg(m_document.session().length());
    tell();
}

void PromptSetController::tell() {
    constexpr qint64 every = 60; // ms
    m_summary.reset();
    if (m_told.isValid() && m_told.elapsed() < every) return;
    m_told.start();
    Q_EMIT changed();
}

const std::vector<PromptOutcome>& PromptSetController::outcomes() const {
    static const std::vector<PromptOutcome> none;
    return m_states.empty() || !m_document.session().promptSet().open() ? none : m_states.front().outcomes;
}

int PromptSetController::done() const {
    return static_cast<int>(std::count_if(outcomes().begin(), outcomes().end(),
                                          [](const PromptOutcome& outcome) { return outcome.ran; }));
}

const analysis::Summary& PromptSetController::summary() const {
    if (m_summary) return *m_summary;
    std::vector<double> values;
    for (const PromptOutcome& outcome : outcomes())
        if (const auto value = outcome.value(m_hasCuts)) values.push_back(*value);
    m_summary = analysis::summarise(values);
    return *m_summary;
}

std::pair<std::optional<double>, std::optional<double>> PromptSetController::means() const {
    double uncut = 0.0, cut = 0.0;
    int count = 0;
    for (const PromptOutcome& outcome : outcomes()) {
        if (!outcome.value(m_hasCuts)) continue;
        ++count;
        uncut += *outcome.uncut;
        if (m_hasCuts) cut += *outcome.cut;
    }
    if (count == 0) return {};
    return {uncut / count, m_hasCuts ? std::optional(cut / count) : std::nullopt};
}

} // namespace cutaway::app
