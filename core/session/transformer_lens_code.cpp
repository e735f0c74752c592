// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/transformer_lens_code.h"

#include "core/session/transformer_lens_prelude.h"
#include "core/types/cut_text.h"
#include "core/types/json_codec.h"
#include "core/types/legality.h"

#include <algorithm>
#include <set>

namespace cutaway::session {

namespace {

/// Text, numbers and lists as Python reads them: JSON's form of them is Python's too.
std::string python(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string listOf(const std::vector<int>& values) {
    std::string text;
    for (const int value : values)
        text += (text.empty() ? "" : ", ") + std::to_string(value);
    return "[" + text + "]";
}

bool isToy(const ModelInfo& model) {
    return model.family == "hooked_transformer";
}

/// Why TransformerLens cannot be asked for a cut on this hook; empty where it can.
std::string missing(const HookPoint& hook, const ModelInfo& model) {
    const bool normOut = hook.kind == HookKind::Ln1Out || hook.kind == HookKind::Ln2Out ||
                         hook.kind == HookKind::LnFinalOut || hook.kind == HookKind::Ln1PostOut ||
                         hook.kind == HookKind::Ln2PostOut;
    if (normOut && isToy(model)) return "HookedTransformer has no hook behind a norm's gain and bias";
    if (hook.kind == HookKind::ExpertWeights || hook.kind == HookKind::ExpertIndices)
        return "this code does not reach into a mixture of experts";
    return {};
}

class Writer {
public:
    explicit Writer(const CodeState& state)
        : m_state(state), m_length(static_cast<int>(state.tokens.size())) {}

    std::string write() {
        for (const Cut& cut : m_state.request.cuts)
            writeCut(cut);
        if (m_middle) m_cuts += "hooks = " + call("through_attention") + "(hooks)\n";
        call("read");
        call("run");
        std::string answers = "ANSWER, WRONG = " + choices(m_state.request.answer) + ", " +
                              choices(m_state.request.wrong) + "\n";
        std::string prompts;
        if (m_prompts) {
            const bool file = !m_state.reference.empty() || m_state.model.referencePrompts > 0;
            if (file) call("reference");
            prompts = file ? "PROMPTS = reference()\n"
                           : "PROMPTS = [TOKENS]  # there is no reference set: the prompt stands for it\n";
        }
        std::string text = head() + "\n";
        text += isToy(m_state.model) ? openHookedTransformer() : openBridge();
        for (const PythonPiece& piece : pythonPieces())
            if (m_called.contains(piece.name)) text += "\n\n" + piece.text;
        text += "\n\n" + answers + prompts + "hooks = []\n\n";
        if (!m_cuts.empty()) text += m_cuts + "\n";
        text += "result = {\"uncut\": read(run(TOKENS))}\n";
        if (!m_state.request.cuts.empty()) text += "result[\"cut\"] = read(run(TOKENS, hooks))\n";
        return text + "print(json.dumps(result))\n";
    }

private:
    std::string head() const {
        const ModelInfo& model = m_state.model;
        std::string text = "# The state of a Cutaway window with TransformerLens " +
                           std::string(transformerLensVersion) +
                           ".\n# pip install torch==2.13.0 transformers==5.23.0 transformer-lens==" +
                           transformerLensVersion + "\n";
        // One line each, whatever the texts hold.
        text += "# Model " + python(model.name) +
                (model.hash.empty() ? "" : ", weights SHA-256 " + model.hash) + "; weights as stored";
        if (model.dtype == "f32")
            text += ", float32.\n";
        else
            text += ", float32 here; Cutaway computed in " + model.dtype + ", so figures differ a little.\n";
        if (const auto* prompt = std::get_if<std::string>(&m_state.request.input.value))
            text += "# Prompt " + python(*prompt) + "\n";
        text += "import functools\nimport json\nimport pathlib\n\nimport torch\n\n";
        text += "MODEL = pathlib.Path(" + python(model.path) + ")\n";
        if (m_prompts && !m_state.reference.empty())
            text += "REFERENCE = pathlib.Path(" + python(m_state.reference) + ")\n";
        else if (m_prompts && model.referencePrompts > 0)
            text += "REFERENCE = MODEL / \"reference.jsonl\"\n";
        text += "TOKENS = " + python(m_state.tokens) + "\n";
        for (const auto& [name, ids] : m_state.donors)
            if (m_donors.contains(name))
                text += "# Donor " + python(name) + "\n" + donor(name) + " = " + python(ids) + "\n";
        text += "POSITION = " + std::to_string(m_state.request.position) + "  # where the answer is read\n";
        text += std::string("CAUSAL = ") + (model.traits.causal ? "True" : "False") + "\n";
        text += std::string("USE_RESULT = ") + (m_result ? "True" : "False") + "\n";
        return text;
    }

    /// The variable that holds a donor's ids.
    std::string donor(const std::string& name) const {
        const auto at = m_state.donors.find(name);
        return "DONOR_" + std::to_string(std::distance(m_state.donors.begin(), at));
    }

    std::string choices(const TokenSet& set) {
        Json list = Json::array();
        bool texts = false;
        for (const TokenChoice& choice : set) {
            std::visit([&](const auto& value) { list.push_back(value); }, choice);
            texts = texts || std::holds_alternative<std::string>(choice);
        }
        if (!texts) return python(list);
        call("ids");
        return "ids(" + python(list) + ")";
    }

    /// Marks a piece, and what it calls, as used.
    std::string call(const std::string& name) {
        if (!m_called.insert(name).second) return name;
        for (const PythonPiece& piece : pythonPieces())
            if (piece.name == name)
                for (const std::string& need : piece.needs)
                    call(need);
        return name;
    }

    void refuse(const std::string& why) {
        m_cuts +=
            "# TransformerLens cannot say this cut: " + why + ".\nraise SystemExit(" + python(why) + ")\n";
    }

    void writeCut(const Cut& cut) {
        m_cuts += "# " + printCut(cut) + "\n";
        if (cut.strength == 0.0) {
            m_cuts += "# at strength 0 it changes nothing\n";
            return;
        }
        const bool features = std::any_of(cut.targets.begin(), cut.targets.end(),
                                          [](const Target& t) { return t.kind == TargetKind::Feature; });
        if (features) return refuse("features belong to a set outside the model");
        const auto places = resolvePositions(cut.positions, m_length, m_length);
        if (!places) return refuse(places.error().message);
        for (const ResolvedTarget& target : resolveTargets(cut, m_state.model.traits)) {
            if (const std::string why = missing(target.hook, m_state.model); !why.empty()) return refuse(why);
            m_middle = m_middle || (target.hook.kind == HookKind::ResidMid && !isToy(m_state.model));
            m_result = m_result || target.hook.kind == HookKind::AttnResult;
            writeStep(cut, target, *places);
        }
    }

    void writeStep(const Cut& cut, const ResolvedTarget& target, std::vector<int> rows) {
        const std::string name = python(hookName(target.hook));
        if (target.edge && target.query >= 0)
            std::erase_if(rows, [&](int row) { return row != target.query; });
        std::string source;
        if (cut.kind == CutKind::Patch && !cut.map.ranges.empty()) source = ", " + mapped(cut, rows);
        if (rows.empty()) return;
        const bool all = static_cast<int>(rows.size()) == m_length;
        const std::string at = all ? "range(" + std::to_string(m_length) + ")" : listOf(rows);
        const std::string w = cut.strength == 1.0 ? "" : ", w=" + python(cut.strength);
        const std::string value = newValue(cut, target, source);
        if (!target.edge) {
            m_cuts += call("cut") + "(" + name + ", " + (all ? "list(" + at + ")" : at) + ", " +
                      listOf(target.index) + ", " + value + w + ")\n";
            return;
        }
        const std::string keys = target.key >= 0 ? "[" + std::to_string(target.key) + "]"
                                                 : "range(" + std::to_string(m_length) + ")";
        m_cuts += call("edge") + "(" + name + ", " + std::to_string(target.index.front()) + ", " + at + ", " +
                  keys + ", " + value + w + (cut.renormalise ? "" : ", renormalise=False") + ")\n";
    }

    /// `{own: donor, …}` for the rows that the map has; the others are taken out of `rows`.
    static std::string mapped(const Cut& cut, std::vector<int>& rows) {
        std::vector<int> kept;
        std::string text;
        for (const int own : rows)
            for (const PositionMap::Range& range : cut.map.ranges)
                if (own >= range.own && own < range.own + range.length) {
                    text += (text.empty() ? "" : ", ") + std::to_string(own) + ": " +
                            std::to_string(own - range.own + range.donor);
                    kept.push_back(own);
                    break;
                }
        rows = std::move(kept);
        return "{" + text + "}";
    }

    /// What the target becomes under the cut, as an expression.
    std::string newValue(const Cut& cut, const ResolvedTarget& target, const std::string& source) {
        const std::string name = python(hookName(target.hook));
        const std::string index = target.index.empty() && source.empty() ? "" : ", " + listOf(target.index);
        const auto borrowed = [&](const std::string& tokens) {
            call("values");
            return call("rows_of") + "(" + name + ", values(" + tokens + ", " + name + ")" + index + source +
                   ")";
        };
        switch (cut.kind) {
        case CutKind::Zero:
            return call("zero");
        case CutKind::Scale:
            return call("times") + "(" + python(cut.amount) + ")";
        case CutKind::Set:
            return call("to") + "(" + python(cut.amount) + ")";
        case CutKind::Noise:
            return call("noise") + "(" + name + ", " + python(cut.amount) + ", " + std::to_string(cut.seed) +
                   ", " + listOf(arrayShape(target.hook)) + index + ")";
        case CutKind::Steer:
            return call("steer") + "(" + python(cut.vectorFile) + ", " + python(cut.vectorKey) + ", " +
                   python(cut.amount) + ", " +
                   std::to_string(hookShape(target.hook.kind, m_state.model.traits).heads) + index + ")";
        case CutKind::Mean:
            m_prompts = true;
            if (cut.byPosition) return call("mean_by_position") + "(" + name + index + ")";
            return call("mean_of") + "(" + name + index + (cut.withBos ? ", bos=True" : "") + ")";
        case CutKind::Resample:
            m_prompts = true;
            return borrowed(call("resampled") + "(" + std::to_string(cut.seed) + ")");
        case CutKind::Patch:
            m_donors.insert(cut.donor);
            return borrowed(donor(cut.donor));
        case CutKind::Freeze:
            break;
        }
        return borrowed("TOKENS");
    }

    std::vector<int> arrayShape(const HookPoint& hook) const {
        const HookShape shape = hookShape(hook.kind, m_state.model.traits);
        if (hookLayout(hook.kind) == HookLayout::HeadMatrix) return {shape.heads, m_length, m_length};
        if (shape.heads > 0) return {m_length, shape.heads, shape.width};
        return {m_length, shape.width};
    }

    const CodeState& m_state;
    int m_length;
    std::string m_cuts;
    std::set<std::string> m_called, m_donors;
    bool m_prompts = false; ///< the reference set is drawn on
    bool m_middle = false;  ///< a bridge has to change the stream between attention and MLP
    bool m_result = false;  ///< a cut needs every head's own output
};

} // namespace

std::string transformerLensCode(const CodeState& state) {
    return Writer(state).write();
}

} // namespace cutaway::session
