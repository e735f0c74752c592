// SPDX-License-Identifier: GPL-3.0-or-later
// config.json against weights that fit another one. The first byte picks the weights.
#include "core/model/open_model.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    static const fuzz::Folder folder;
    static const char* const fixtures[] = {"gpt2_inner", "llama_grouped", "toy_rms", "toy_grouped"};
    static const bool linked = [] {
        for (const char* name : fixtures) {
            std::filesystem::create_directories(folder.path() / name);
            std::filesystem::create_symlink(std::filesystem::path(CUTAWAY_SOURCE_DIR) /
                                                "tests/golden/fixtures" / name / "model.safetensors",
                                            folder.path() / name / "model.safetensors");
        }
        return true;
    }();
    if (bytes.empty() || !linked) return;
    const std::string name = fixtures[static_cast<unsigned char>(bytes[0]) % std::size(fixtures)];
    folder.write(name + "/config.json", bytes.substr(1));
    const auto opened = model::openModel(folder.path() / name);
    if (!opened) {
        fuzz::require(!opened.error().message.empty(), "a refusal is a sentence");
        return;
    }
    const ModelTraits& traits = opened->spec.traits;
    fuzz::require(traits.nLayers >= 0 && traits.nHeads > 0 && traits.dModel > 0 && traits.dVocab > 0 &&
                      traits.context > 0,
                  "sizes are positive");
    fuzz::require(traits.nHeads % traits.nKvHeads == 0, "key/value heads divide the heads");
    fuzz::require(model::residentBytes(*opened, 4, 16) > 0, "its memory can be told");
}
