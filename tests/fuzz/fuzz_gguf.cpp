// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gguf/gguf_model.h"
#include "core/model/open_model.h"
#include "tests/fuzz/fuzz.h"

#include <vector>

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    static const fuzz::Folder folder;
    const auto path = folder.write("model.gguf", bytes);
    const auto file = weights::GgufFile::open(path);
    if (!file) {
        fuzz::require(!file.error().message.empty(), "a refusal is a sentence");
        return;
    }
    std::size_t total = 0;
    for (const auto& [name, tensor] : file->tensors()) {
        std::int64_t elements = 1;
        for (const std::int64_t size : tensor.shape)
            elements *= size;
        std::vector<float> values(static_cast<std::size_t>(elements));
        weights::dequantize(tensor.type, tensor.data, values.data(), elements); // reads every byte of it
        total += tensor.bytes;
    }
    fuzz::require(total <= bytes.size(), "the tensors lie in the file");
    const auto sentence = [](const auto& result) {
        fuzz::require(result.has_value() || !result.error().message.empty(), "a refusal is a sentence");
    };
    sentence(model::openModel(path));
    const auto tokenizer = model::loadTokenizer(path);
    sentence(tokenizer);
    if (tokenizer) sentence((*tokenizer)->encode("the 12 caf\xC3\xA9s <s> \xF0\x9F\x99\x82"));
}
