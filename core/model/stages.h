// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/architecture_spec.h"

#include <vector>

namespace cutaway::model {

/// One step of a block. The order of a layer's list is the architecture: a parallel block adds the
/// attention's output only after the MLP has read the stream, a post-norm block has its norms behind the
/// sums.
enum class Stage {
    Norm1,        ///< resid → ln1.*; what attention reads
    ProjectQkv,   ///< → hook_q, hook_k, hook_v
    NormQk,       ///< q/k norm of each head
    Rotate,       ///< → hook_rot_q, hook_rot_k
    Attend,       ///< → hook_attn_scores, hook_pattern, hook_z
    ProjectOut,   ///< z through W_O, → hook_result
    Norm1Post,    ///< sandwich norm on the attention's output
    AddAttention, ///< hook_attn_out; → hook_resid_mid where it exists
    Norm1Sum,     ///< post-norm: the stream itself → ln1.*
    Norm2,        ///< resid → ln2.*; what the MLP reads
    MlpIn,        ///< → mlp.hook_pre, mlp.hook_pre_linear
    Activate,     ///< → mlp.hook_mid, mlp.hook_post
    MlpOut,       ///< through W_out
    Experts,      ///< a mixture in place of the three: → mlp.hook_expert_weights, mlp.hook_expert_indices
    Norm2Post,    ///< sandwich norm on the MLP's output
    AddMlp,       ///< hook_mlp_out; → hook_resid_post
};

/// The stages of one layer, in order. Compiled once, at opening. A post-norm block ends with its second norm
/// behind them: hook_resid_post stands before it.
using LayerStages = std::vector<Stage>;
inline LayerStages compileStages(const ArchitectureSpec& spec, int layer) {
    const ModelTraits& t = spec.traits;
    LayerStages list;
    const auto add = [&](bool present, Stage stage) {
        if (present) list.push_back(stage);
    };
    const bool preNorm = t.hasNorm() && t.preNorm;
    const bool sandwich = t.hasNorm() && t.sandwichNorm;
    const bool sparse = t.sparseAt(layer);
    add(preNorm, Stage::Norm1);
    add(true, Stage::ProjectQkv);
    add(t.qkNorm, Stage::NormQk);
    add(t.hasRotary() && spec.rotaryAt(layer), Stage::Rotate);
    add(true, Stage::Attend);
    add(true, Stage::ProjectOut);
    add(sandwich, Stage::Norm1Post);
    add(!t.parallelBlocks, Stage::AddAttention);
    add(t.postNorm(), Stage::Norm1Sum);
    add(preNorm && t.hasMlp(), Stage::Norm2);
    add(t.hasMlp() && !sparse, Stage::MlpIn);
    add(t.hasMlp() && !sparse, Stage::Activate);
    add(t.hasMlp() && !sparse, Stage::MlpOut);
    add(t.hasMlp() && sparse, Stage::Experts);
    add(sandwich && t.hasMlp(), Stage::Norm2Post);
    add(t.parallelBlocks, Stage::AddAttention);
    add(t.hasMlp(), Stage::AddMlp);
    return list;
}

} // namespace cutaway::model
