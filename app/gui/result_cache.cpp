// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/result_cache.h"

namespace cutaway::app {

PicturePtr ResultCache::find(const std::string& key) {
    const auto at = m_byKey.find(key);
    if (at == m_byKey.end()) return nullptr;
    m_recent.splice(m_recent.begin(), m_recent, at->second);
    return m_recent.front();
}

void ResultCache::put(PicturePtr picture) {
    if (const auto at = m_byKey.find(picture->key); at != m_byKey.end()) m_recent.erase(at->second);
    m_recent.push_front(std::move(picture));
    m_byKey[m_recent.front()->key] = m_recent.begin();
    settle();
}

void ResultCache::settle() {
    std::size_t total = 0;
    for (auto it = m_recent.begin(); it != m_recent.end();) {
        total += (*it)->bytes();
        if (total > m_maxBytes && it != m_recent.begin()) { // the newest stays, whatever its size
            m_byKey.erase((*it)->key);
            it = m_recent.erase(it);
        } else {
            ++it;
        }
    }
}

void ResultCache::clear() {
    m_recent.clear();
    m_byKey.clear();
}

std::size_t ResultCache::bytes() const {
    std::size_t total = 0;
    for (const PicturePtr& picture : m_recent)
        total += picture->bytes();
    return total;
}

} // namespace cutaway::app
