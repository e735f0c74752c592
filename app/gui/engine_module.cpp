// SPDX-License-Identifier: GPL-3.0-or-later
// The engine as a module of its own: the window's program does not link libtorch, it loads this on the worker
// thread once it has been painted.
#include "core/engine/torch/torch_engine.h"

/// The one symbol. Ownership goes to the caller; null where there was no memory.
extern "C" cutaway::engine::Engine* cutaway_make_engine() {
    try {
        return cutaway::engine::makeTorchEngine().release();
    } catch (...) {
        return nullptr;
    }
}
