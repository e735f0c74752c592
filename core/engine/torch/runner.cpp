// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/runner.h"

#include "core/engine/torch/failure.h"
#include "core/engine/torch/prompt_batches.h"
#include "core/weights/safetensors.h"

#include <algorithm>
#include <utility>

namespace cutaway::engine {

namespace {

constexpr std::size_t storeBytes = std::size_t{1} << 30U; // four GPT-2-small runs of 1,024 tokens

bool allFinite(const at::Tensor& x) {
    return x.isfinite().all().item<bool>();
}

/// Hooks that a kept run holds as they are; nothing where they must be recomputed.
at::Tensor heldValue(const SideRun& side, const HookPoint& hook, bool cutHere) {
    if (hook.layer < 0) return {};
    const BlockRecord& b = side.blocks[static_cast<std::size_t>(hook.layer)];
    switch (hook.kind) {
    case HookKind::ResidPre:
        return cutHere ? at::Tensor() : b.residPre;
    case HookKind::ResidMid:
        return b.residMid;
    case HookKind::Q:
        return b.q;
    case HookKind::K:
        return b.k;
    case HookKind::V:
        return b.v;
    case HookKind::RotQ:
        return b.rotQ;
    case HookKind::RotK:
        return b.rotK;
    case HookKind::Z:
        return b.z;
    default:
        return {};
    }
}

/// Sums over the chosen rows of a batch at every hook, in float64.
class SumHooks : public Hooks {
public:
    /// `rows` index the batch's positions, one prompt behind the other.
    SumHooks(const std::set<HookPoint>& hooks, std::int64_t batch, at::Tensor rows)
        : m_hooks(hooks), m_batch(batch), m_rows(std::move(rows)) {}
    bool wants(const HookPoint& hook) const override { return m_hooks.contains(hook); }
    at::Tensor at(const HookPoint& hook, at::Tensor activation) override {
        at::Tensor all = activation; // what is the same for every prompt comes once
        if (all.size(0) != m_batch) {
            std::vector<std::int64_t> shape = all.sizes().vec();
            shape.front() = m_batch;
            all = all.expand(shape);
        }
        sums[hook] = all.flatten(0, 1).index_select(0, m_rows).sum(0, false, at::kDouble);
        return activation;
    }

    HookValues sums; ///< the hook's shape without its token axis

private:
    const std::set<HookPoint>& m_hooks;
    std::int64_t m_batch;
    at::Tensor m_rows;
};

} // namespace

Runner::Runner(std::shared_ptr<const Transformer> model) : m_model(std::move(model)), m_store(storeBytes) {}

at::Tensor Runner::tensorOf(const TokenIds& tokens) const {
    const std::vector<std::int64_t> ids(tokens.begin(), tokens.end());
    return at::tensor(ids, at::kLong).unsqueeze(0).to(m_model->parameters().embed.device());
}

at::Tensor Runner::positionEmbedding(const TokenIds& tokens, const Interventions* cuts) const {
    if (m_model->traits().positions != PositionKind::Shortformer) return {};
    RunHooks hooks(cuts, {});
    Pass pass;
    pass.hooks = &hooks;
    m_model->embed(tensorOf(tokens), pass);
    return pass.positionEmbedding;
}

std::shared_ptr<SideRun> Runner::uncut(const TokenIds& tokens) {
    if (auto kept = m_store.find(tokens)) return kept;
    auto run = std::make_shared<SideRun>();
    run->tokens = tokens;
    run->blocks.resize(static_cast<std::size_t>(m_model->traits().nLayers));
    Pass pass;
    pass.record = &run->blocks;
    pass.cancel = m_cancel;
    run->last = m_model->blocks(0, m_model->embed(tensorOf(tokens), pass), pass);
    checkFinite(*run, false);
    m_store.insert(run);
    return run;
}

CutRun Runner::cut(const std::shared_ptr<SideRun>& uncut, const Interventions& cuts,
                   const std::set<HookPoint>& captured) {
    const ModelTraits& traits = m_model->traits();
    CutRun result;
    result.plan = planRun(traits, cuts.hooks(), {captured.begin(), captured.end()}, m_mode);
    const Plan& plan = result.plan;

    std::set<HookPoint> anew, before;
    for (const HookPoint& hook : captured)
        (computedAnew(plan, hook, traits) ? anew : before).insert(hook);
    if (!before.empty()) result.captured = slices(*uncut, nullptr, before);

    RunHooks hooks(&cuts, anew);
    Pass pass;
    pass.hooks = &hooks;
    pass.cancel = m_cancel;
    result.side = std::make_shared<SideRun>();
    SideRun& side = *result.side;
    side.tokens = uncut->tokens;
    side.blocks = uncut->blocks; // shared up to the entry, replaced behind it
    pass.record = &side.blocks;
    const auto at = static_cast<std::size_t>(plan.layer);
    if (plan.entry != Entry::Start) pass.positionEmbedding = positionEmbedding(side.tokens, nullptr);
    switch (plan.entry) {
    case Entry::Start:
        side.last = m_model->blocks(0, m_model->embed(tensorOf(side.tokens), pass), pass);
        break;
    case Entry::Block:
        side.last = m_model->blocks(plan.layer, uncut->blocks[at].residPre, pass);
        break;
    case Entry::HeadDelta: {
        // r_mid + (z′ − z)·W_O: the attention of this block is not run again.
        const at::Tensor& z = uncut->blocks[at].z; // [1, T, H, dh]
        const at::Tensor changed = hooks.at({HookKind::Z, plan.layer}, z);
        side.blocks[at].z = changed;
        const Linear& out = m_model->parameters().layers[at].out;
        const at::Tensor mid = uncut->blocks[at].residMid + out.withoutBias((changed - z).flatten(2));
        side.last = m_model->blocks(plan.layer + 1, m_model->blockFromMid(plan.layer, mid, pass), pass);
        break;
    }
    case Entry::AfterAttention:
        side.last = m_model->blocks(
            plan.layer + 1, m_model->blockFromMid(plan.layer, uncut->blocks[at].residMid, pass), pass);
        break;
    case Entry::Head:
    case Entry::Nowhere:
        side.last = uncut->last;
        break;
    }
    checkFinite(side, true);
    result.normed = m_model->finalNorm(side.last, pass);
    if (hooks.wants({HookKind::Logits, -1}))
        result.logits = m_model->unembed(result.normed, pass).select(0, 0);
    result.captured.merge(hooks.captured);
    return result;
}

HookValues Runner::slices(SideRun& side, const Interventions* cuts, const std::set<HookPoint>& wanted) {
    HookValues found;
    std::map<int, std::set<HookPoint>> byLayer; // −1: embedding and head
    for (const HookPoint& hook : wanted) {
        const at::Tensor held = heldValue(side, hook, cuts && cuts->touches(hook));
        if (held.defined())
            found[hook] = held.select(0, 0);
        else if (hook.kind == HookKind::Pattern)
            found[hook] = pattern(side, cuts, hook.layer);
        else
            byLayer[hook.layer].insert(hook);
    }
    for (const auto& [layer, hooksHere] : byLayer) {
        RunHooks hooks(cuts, hooksHere);
        Pass pass;
        pass.hooks = &hooks;
        pass.cancel = m_cancel;
        pass.positionEmbedding = positionEmbedding(side.tokens, cuts);
        if (layer >= 0) {
            m_model->block(layer, side.blocks[static_cast<std::size_t>(layer)].residPre, pass);
        } else {
            const auto isInput = [](const HookPoint& h) {
                return h.kind == HookKind::Embed || h.kind == HookKind::PosEmbed;
            };
            const auto inputs = std::count_if(hooksHere.begin(), hooksHere.end(), isInput);
            if (inputs > 0) m_model->embed(tensorOf(side.tokens), pass);
            if (inputs < static_cast<std::ptrdiff_t>(hooksHere.size())) {
                const at::Tensor normed = m_model->finalNorm(side.last, pass);
                if (hooksHere.contains({HookKind::Logits, -1})) m_model->unembed(normed, pass);
            }
        }
        found.merge(hooks.captured);
    }
    return found;
}

at::Tensor Runner::pattern(SideRun& side, const Interventions* cuts, int layer, int head) {
    return attention(side, cuts, layer, head).pattern;
}

HeadAttention Runner::attention(SideRun& side, const Interventions* cuts, int layer, int head) {
    const BlockRecord& b = side.blocks[static_cast<std::size_t>(layer)];
    const HookPoint scoreHook{HookKind::AttnScores, layer}, patternHook{HookKind::Pattern, layer};
    const bool cutHere = cuts && cuts->touchesPatterns(layer);
    at::Tensor q = b.rotQ, k = b.rotK;
    if (!cutHere && head != anyIndex) {
        q = q.narrow(2, head, 1);
        k = k.narrow(2, head / (m_model->traits().nHeads / m_model->traits().nKvHeads), 1);
    }
    at::Tensor score = m_model->scores(layer, q, k);
    if (cutHere) score = cuts->apply(scoreHook, score);
    at::Tensor result = Transformer::softmax(score);
    if (cutHere) {
        result = cuts->apply(patternHook, result);
        if (head != anyIndex) {
            score = score.narrow(1, head, 1);
            result = result.narrow(1, head, 1);
        }
    }
    return {score.select(0, 0), result.select(0, 0)};
}

HookValues Runner::values(const TokenIds& tokens, const std::set<HookPoint>& hooks) {
    return slices(*uncut(tokens), nullptr, hooks);
}

HookValues Runner::pooledMeans(const std::vector<TokenIds>& prompts, bool withBos,
                               const std::set<TokenId>& special, Pooling& state) {
    const PromptBatches batches(prompts);
    while (state.next < batches.end()) {
        const PromptBatch batch = batches.at(state.next);
        std::vector<std::int64_t> rows; // of the batch, one prompt behind the other
        for (std::size_t i = 0; i < batch.ids.size(); ++i)
            if (withBos || (static_cast<std::int64_t>(i) % batch.length > 0 &&
                            !special.contains(static_cast<TokenId>(batch.ids[i]))))
                rows.push_back(static_cast<std::int64_t>(i));
        if (m_progress)
            m_progress(static_cast<std::int64_t>(state.next), static_cast<std::int64_t>(prompts.size()));
        if (!rows.empty()) {
            const at::Device device = m_model->parameters().embed.device();
            SumHooks listener(state.hooks, batch.prompts, at::tensor(rows, at::kLong).to(device));
            Pass pass;
            pass.hooks = &listener;
            pass.cancel = m_cancel;
            const at::Tensor tokens = at::tensor(batch.ids, at::kLong).view({batch.prompts, -1}).to(device);
            const at::Tensor last = m_model->blocks(0, m_model->embed(tokens, pass), pass);
            const at::Tensor normed = m_model->finalNorm(last, pass);
            if (state.hooks.contains({HookKind::Logits, -1})) m_model->unembed(normed, pass);
            for (const auto& [hook, sum] : listener.sums) {
                at::Tensor& total = state.sums[hook];
                total = total.defined() ? total + sum : sum;
            }
            state.counted += static_cast<std::int64_t>(rows.size());
        }
        state.next = batch.next;
    }
    if (state.counted == 0)
        raise(ErrorCode::NoReference, "average the reference set",
              "no position is left to average over, special tokens and first positions are left out; bos=1 "
              "includes "
              "them");
    HookValues means;
    for (const auto& [hook, total] : state.sums)
        means[hook] = total / static_cast<double>(state.counted);
    return means;
}

HookValues Runner::means(const TokenIds& tokens, const std::set<HookPoint>& hooks, bool withBos) {
    if (m_reference.prompts.empty()) {
        Pooling own;
        own.hooks = hooks;
        return pooledMeans({tokens}, withBos, m_reference.special, own);
    }
    const auto notHere = [&] {
        std::set<HookPoint> missing;
        for (const HookPoint& hook : hooks)
            if (!m_means.contains({hook, withBos})) missing.insert(hook);
        return missing;
    };
    std::set<HookPoint> missing = notHere();
    if (!missing.empty() && !withBos && m_means.empty())
        for (const MeansFile& file : m_meansFiles) {
            const auto kept = file.read(m_reference.prompts, m_model->traits());
            if (!kept) continue;
            for (const auto& [hook, mean] : *kept)
                m_means[{hook, false}] = mean.to(m_model->parameters().embed.device());
            missing = notHere();
            break;
        }
    if (!missing.empty()) {
        // One pass over the prompts serves every later card: the small means are all taken along.
        for (const HookPoint& hook : allHooks(m_model->traits()))
            if (hookLayout(hook.kind) != HookLayout::HeadMatrix && hook.kind != HookKind::AttnResult &&
                hook.kind != HookKind::Logits && hook.kind != HookKind::ExpertIndices)
                missing.insert(hook);
        Pooling& state = m_pooling[withBos];
        if (state.hooks != missing) {
            state = {};
            state.hooks = missing;
        }
        for (auto& [hook, mean] : pooledMeans(m_reference.prompts, withBos, m_reference.special, state))
            m_means[{hook, withBos}] = mean.to(at::kFloat);
        m_pooling.erase(withBos);
        if (!withBos && m_keepMeans) {
            HookValues made;
            for (const auto& [key, mean] : m_means)
                if (!key.second) made[key.first] = mean;
            m_keepMeans->write(m_reference.prompts, made);
        }
    }
    HookValues found;
    for (const HookPoint& hook : hooks)
        found[hook] = m_means.at({hook, withBos});
    return found;
}

HookValues Runner::meansByPosition(const TokenIds& tokens, const std::set<HookPoint>& hooks) {
    std::vector<TokenIds> prompts;
    for (const TokenIds& prompt : m_reference.prompts)
        if (prompt.size() == tokens.size()) prompts.push_back(prompt);
    if (m_reference.prompts.empty()) prompts.push_back(tokens);
    if (prompts.empty())
        raise(ErrorCode::NoReference, "average the reference set",
              "mean(by=position) averages over prompts of equal length, the reference set has none of " +
                  std::to_string(tokens.size()) + " tokens");
    HookValues found;
    std::set<HookPoint> missing;
    for (const HookPoint& hook : hooks) {
        const auto known = m_meansByPosition.find({hook, tokens.size()});
        if (known != m_meansByPosition.end() && !m_reference.prompts.empty())
            found[hook] = known->second;
        else
            missing.insert(hook);
    }
    if (missing.empty()) return found;
    HookValues sums;
    std::int64_t done = 0;
    for (const TokenIds& prompt : prompts) {
        if (m_progress) m_progress(done++, static_cast<std::int64_t>(prompts.size()));
        for (const auto& [hook, value] : values(prompt, missing)) {
            at::Tensor& total = sums[hook];
            total = total.defined() ? total + value.to(at::kDouble) : value.to(at::kDouble);
        }
    }
    for (const auto& [hook, total] : sums) {
        found[hook] = (total / static_cast<double>(prompts.size())).to(at::kFloat);
        if (!m_reference.prompts.empty()) m_meansByPosition[{hook, tokens.size()}] = found[hook];
    }
    return found;
}

at::Tensor Runner::vector(const std::string& file, const std::string& key) {
    const auto table = valueOrRaise(weights::TensorTable::openFile(file));
    const weights::TensorEntry* entry = table.find(key);
    if (!entry)
        raise(ErrorCode::BadFile, "read vector",
              "'" + file + "' has no tensor '" + key + "', it has " +
                  (table.tensors().empty()
                       ? std::string("none")
                       : "'" + table.tensors().begin()->first + "'" +
                             (table.tensors().size() > 1
                                  ? " and " + std::to_string(table.tensors().size() - 1) + " more"
                                  : "")));
    HostTensor host = weights::TensorTable::toHost(*entry);
    if (host.values.empty())
        raise(ErrorCode::BadFile, "read vector",
              "'" + key + "' in '" + file + "' holds no floating-point numbers");
    return at::tensor(host.values, at::kFloat).view(host.shape);
}

void Runner::checkFinite(const SideRun& side, bool underCuts) const {
    if (allFinite(side.last)) return;
    std::string where = "behind the embedding";
    for (std::size_t layer = 0; layer < side.blocks.size(); ++layer) {
        const bool lastBlock = layer + 1 == side.blocks.size();
        const at::Tensor& after = lastBlock ? side.last : side.blocks[layer + 1].residPre;
        if (!allFinite(side.blocks[layer].residPre)) break;
        where = "in layer " + std::to_string(layer);
        if (!allFinite(after)) break;
    }
    raise(ErrorCode::NumericFault, "run model",
          std::string("the residual stream became NaN or infinite ") + where + ", expected finite numbers; " +
              (underCuts ? "a cut drives it out of range"
                         : "the weights or the chosen dtype cannot carry this prompt"),
          {{"where", where}});
}

} // namespace cutaway::engine
