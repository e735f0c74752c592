// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/gguf_file.h"
#include "tests/fuzz/fuzz.h"

#include <vector>

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    static const fuzz::Folder folder;
    const auto file = weights::GgufFile::open(folder.write("model.gguf", bytes));
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
}
