// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"

#include <list>
#include <string>
#include <unordered_map>

namespace cutaway::app {

/// Pictures by key, the most recently used kept while they fit: what makes undo instant.
class ResultCache {
public:
    explicit ResultCache(std::size_t maxBytes) : m_maxBytes(maxBytes) {}

    /// Null where it is not there.
    PicturePtr find(const std::string& key);
    void put(PicturePtr picture);
    /// Call after a picture in it grew.
    void settle();
    void clear();
    std::size_t bytes() const;

private:
    std::size_t m_maxBytes;
    std::list<PicturePtr> m_recent; ///< newest first
    std::unordered_map<std::string, std::list<PicturePtr>::iterator> m_byKey;
};

} // namespace cutaway::app
