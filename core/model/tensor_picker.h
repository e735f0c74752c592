// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/weight_set.h"
#include "core/weights/safetensors.h"

#include <functional>
#include <set>

namespace cutaway::model {

/// Hands a family file the tensors it names as canonical views and keeps account of all of them: what was
/// used, what is missing, what is left. The first error is kept; later calls answer empty views.
class TensorPicker {
public:
    using Shape = std::vector<std::int64_t>;

    explicit TensorPicker(const weights::TensorTable& table) : m_table(table) {}

    bool has(const std::string& name) const;
    /// The stored tensor as it lies, of exactly this shape. Errors kept: BadModel naming tensor and shapes.
    WeightView take(const std::string& name, const Shape& shape);
    WeightView takeOptional(const std::string& name, const Shape& shape); ///< absent: an empty view
    /// [in, out] as stored → [out, in]. With `columns`, only those of the fused output from `first` on.
    WeightView takeTransposed(const std::string& name, std::int64_t in, std::int64_t out,
                              std::int64_t first = 0, std::int64_t columns = -1);
    /// `count` rows of a stored matrix [rows, columns] from `first` on; a single row comes as a vector.
    WeightView takeRows(const std::string& name, std::int64_t rows, std::int64_t columns, std::int64_t first,
                        std::int64_t count);
    /// Weight and bias below `name` of a projection fused as `shape` [groups, parts, dh, d]: of each group
    /// the `count` parts from `first` on, as [groups·count·dh, d].
    LinearWeights takeFused(const std::string& name, const Shape& shape, std::int64_t first,
                            std::int64_t count, bool bias);
    /// `count` entries of a stored vector of `size` from `first` on.
    WeightView takePart(const std::string& name, std::int64_t size, std::int64_t first, std::int64_t count);
    /// A view with axes given by the caller over a tensor of this stored shape (strides in elements).
    WeightView takeStrided(const std::string& name, const Shape& stored, const Shape& shape,
                           const Shape& strides, std::int64_t offset = 0);

    /// Tensors that are legally present and not read.
    void ignore(const std::function<bool(const std::string& name)>& isIgnored);
    void refuse(const std::string& message);

    Status status() const;
    std::set<std::string> used() const { return m_used; }
    std::vector<std::string> unused() const; ///< neither used nor ignored, zero-length ones left out
    std::int64_t usedElements() const;
    /// `f32`, `bf16`, …, or `mixed`; of a quantised model what quantization() says.
    std::string storedDtype() const;
    /// `Q4_K, Q6_K`: the block types of the tensors used, the commonest first; empty where there are none.
    std::string quantization() const;

private:
    const weights::TensorEntry* entry(const std::string& name, const Shape& shape);
    static WeightView viewOf(const weights::TensorEntry& entry, const std::string& name, const Shape& shape,
                             const Shape& strides, std::int64_t offset);

    const weights::TensorTable& m_table;
    std::set<std::string> m_used;
    std::set<std::string> m_ignored;
    std::optional<Error> m_error;
};

} // namespace cutaway::model
