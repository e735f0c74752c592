// SPDX-License-Identifier: GPL-3.0-or-later
// The engine as a module of its own: the window's program does not link libtorch, it loads this on the worker
// thread once it has been painted.
#include "core/engine/torch/torch_engine.h"
#ifdef CUTAWAY_HAS_TEXT
#include "core/engine/tokenizer_vocabulary.h"
#endif

/// The one symbol. Ownership goes to the caller; null where there was no memory.
extern "C" cutaway::engine::Engine* cutaway_make_engine() {
    try {
        cutaway::engine::VocabularyOpener opener;
#ifdef CUTAWAY_HAS_TEXT
        opener = cutaway::engine::openTokenizerVocabulary;
#endif
        return cutaway::engine::makeTorchEngine(cutaway::engine::ExecutionMode::Shortcuts, opener).release();
    } catch (...) {
        return nullptr;
    }
}
