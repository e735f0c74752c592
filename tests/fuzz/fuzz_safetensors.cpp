// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/safetensors.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    static const fuzz::Folder folder;
    const auto table = weights::TensorTable::openFile(folder.write("model.safetensors", bytes));
    if (!table) {
        fuzz::require(!table.error().message.empty(), "a refusal is a sentence");
        return;
    }
    std::size_t total = 0;
    for (const auto& [name, entry] : table->tensors()) {
        const HostTensor values = weights::TensorTable::toHost(entry); // reads every byte of the payload
        fuzz::require(values.elements() == entry.elements(), "all elements are read");
        total += entry.bytes;
    }
    fuzz::require(total <= bytes.size(), "the tensors lie in the file");
    fuzz::require(table->hash({}, {}).has_value(), "it can be hashed");
}
