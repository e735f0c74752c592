// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/reference_file.h"
#include "core/types/model_traits.h"

#include <optional>

namespace cutaway::engine {

/// The means of a reference set, kept on disk.
class MeansFile {
public:
    explicit MeansFile(ReferenceFile file) : m_file(std::move(file)) {}

    /// Means by hook [the hook's shape without its token axis], float32. None where there is no such file, or
    /// it is of something else.
    std::optional<HookValues> read(const std::vector<TokenIds>& prompts, const ModelTraits& traits) const;
    /// As ReferenceFile::write.
    bool write(const std::vector<TokenIds>& prompts, const HookValues& means) const;

    /// Its name in a model's folder.
    static constexpr const char* name = "reference_means.safetensors";

private:
    ReferenceFile m_file;
};

} // namespace cutaway::engine
