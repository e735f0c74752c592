// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/tensor_picker.h"

#include <algorithm>

namespace cutaway::model {

namespace {

std::string shapeText(const TensorPicker::Shape& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

TensorPicker::Shape rowMajor(const TensorPicker::Shape& shape) {
    TensorPicker::Shape strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = strides[i] * shape[i];
    return strides;
}

std::optional<StoredType> storedType(weights::Dtype dtype) {
    switch (dtype) {
    case weights::Dtype::F32:
        return StoredType::F32;
    case weights::Dtype::F16:
        return StoredType::F16;
    case weights::Dtype::BF16:
        return StoredType::BF16;
    case weights::Dtype::F64:
        return StoredType::F64;
    default:
        return std::nullopt;
    }
}

} // namespace

bool TensorPicker::has(const std::string& name) const {
    return m_table.find(name) != nullptr;
}

const weights::TensorEntry* TensorPicker::entry(const std::string& name, const Shape& shape) {
    const weights::TensorEntry* found = m_table.find(name);
    if (found == nullptr) {
        refuse("tensor '" + name + "' is missing, expected shape " + shapeText(shape));
        return nullptr;
    }
    if (found->shape != shape) {
        refuse("tensor '" + name + "' has shape " + shapeText(found->shape) + ", config.json makes it " +
               shapeText(shape));
        return nullptr;
    }
    if (!found->block && !storedType(found->dtype)) {
        refuse("tensor '" + name + "' is stored as " + std::string(weights::dtypeName(found->dtype)) +
               ", weights are read as F32, BF16, F16 or F64");
        return nullptr;
    }
    m_used.insert(name);
    return found;
}

WeightView TensorPicker::takeStrided(const std::string& name, const Shape& stored, const Shape& shape,
                                     const Shape& strides, std::int64_t offset) {
    const weights::TensorEntry* found = entry(name, stored);
    if (found == nullptr) return {};
    if (found->transposed || found->pairedHeads > 0)
        return refuse("tensor '" + name + "' lies otherwise in this file than can be read here"),
               WeightView{};
    return viewOf(*found, name, shape, strides, offset);
}

WeightView TensorPicker::viewOf(const weights::TensorEntry& entry, const std::string& name,
                                const Shape& shape, const Shape& strides, std::int64_t offset) {
    if (entry.block)
        return {StoredType::Block, shape, strides, entry.data, name, entry.file, *entry.block, offset};
    const std::size_t skipped = static_cast<std::size_t>(offset) * weights::dtypeBytes(entry.dtype);
    return {*storedType(entry.dtype), shape, strides, entry.data + skipped, name, entry.file};
}

WeightView TensorPicker::takeRows(const std::string& name, std::int64_t rows, std::int64_t columns,
                                  std::int64_t first, std::int64_t count) {
    const Shape shape = count == 1 ? Shape{columns} : Shape{count, columns};
    return takeStrided(name, {rows, columns}, shape, rowMajor(shape), first * columns);
}

LinearWeights TensorPicker::takeFused(const std::string& name, const Shape& shape, std::int64_t first,
                                      std::int64_t count, bool bias) {
    const std::int64_t groups = shape[0], parts = shape[1], dh = shape[2], d = shape[3];
    LinearWeights taken;
    taken.weight = takeStrided(name + ".weight", {groups * parts * dh, d}, {groups, count, dh, d},
                               {parts * dh * d, dh * d, d, 1}, first * dh * d);
    if (bias)
        taken.bias = takeStrided(name + ".bias", {groups * parts * dh}, {groups, count, dh},
                                 {parts * dh, dh, 1}, first * dh);
    return taken;
}

WeightView TensorPicker::take(const std::string& name, const Shape& shape) {
    const weights::TensorEntry* stored = m_table.find(name);
    if (stored != nullptr && stored->pairedHeads > 0) {
        // Row h·dh + 2i + j of the file is row h·dh + j·dh/2 + i.
        const std::int64_t heads = stored->pairedHeads;
        const weights::TensorEntry* found = entry(name, shape);
        if (found == nullptr) return {};
        if (shape[0] % (2 * heads) != 0)
            return refuse("tensor '" + name + "' does not fall into heads of pairs"), WeightView{};
        const std::int64_t half = shape[0] / heads / 2, d = shape.size() > 1 ? shape[1] : 1;
        Shape view{heads, 2, half}, strides{2 * half * d, d, 2 * d};
        if (shape.size() > 1) view.push_back(d), strides.push_back(1);
        return viewOf(*found, name, view, strides, 0);
    }
    return takeStrided(name, shape, shape, rowMajor(shape));
}

WeightView TensorPicker::takeOptional(const std::string& name, const Shape& shape) {
    return has(name) ? take(name, shape) : WeightView{};
}

WeightView TensorPicker::takeTransposed(const std::string& name, std::int64_t in, std::int64_t out,
                                        std::int64_t first, std::int64_t columns) {
    const Shape shape{columns < 0 ? out : columns, in};
    const weights::TensorEntry* stored = m_table.find(name);
    if (stored == nullptr || !stored->transposed) return takeStrided(name, {in, out}, shape, {1, out}, first);
    const weights::TensorEntry* found = entry(name, {in, out});
    return found ? viewOf(*found, name, shape, {in, 1}, first * in) : WeightView{};
}

WeightView TensorPicker::takePart(const std::string& name, std::int64_t size, std::int64_t first,
                                  std::int64_t count) {
    return takeStrided(name, {size}, {count}, {1}, first);
}

void TensorPicker::ignore(const std::function<bool(const std::string&)>& isIgnored) {
    for (const auto& [name, tensor] : m_table.tensors())
        if (isIgnored(name)) m_ignored.insert(name);
}

void TensorPicker::refuse(const std::string& message) {
    if (!m_error) m_error = Error{ErrorCode::BadModel, "open model", message, {}};
}

Status TensorPicker::status() const {
    if (m_error) return fail(*m_error);
    return {};
}

std::vector<std::string> TensorPicker::unused() const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : m_table.tensors())
        if (!m_used.contains(name) && !m_ignored.contains(name) && tensor.bytes > 0) names.push_back(name);
    return names;
}

std::int64_t TensorPicker::usedElements() const {
    std::int64_t count = 0;
    for (const std::string& name : m_used)
        count += m_table.find(name)->elements();
    return count;
}

std::string TensorPicker::storedDtype() const {
    std::set<std::string> names;
    for (const std::string& name : m_used) {
        const weights::TensorEntry& entry = *m_table.find(name);
        if (entry.block) continue;
        std::string dtype(weights::dtypeName(entry.dtype));
        std::transform(dtype.begin(), dtype.end(), dtype.begin(),
                       [](unsigned char c) { return char(std::tolower(c)); });
        names.insert(dtype);
    }
    const std::string blocks = quantization();
    if (!blocks.empty()) return blocks;
    return names.size() == 1 ? *names.begin() : "mixed";
}

std::string TensorPicker::quantization() const {
    std::map<std::string, std::int64_t> elements;
    for (const std::string& name : m_used)
        if (const weights::TensorEntry& entry = *m_table.find(name); entry.block)
            elements[std::string(weights::ggmlLayout(*entry.block).name)] += entry.elements();
    std::vector<std::pair<std::int64_t, std::string>> order;
    order.reserve(elements.size());
    for (const auto& [name, count] : elements)
        order.emplace_back(-count, name);
    std::sort(order.begin(), order.end());
    std::string text;
    for (const auto& [count, name] : order)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

} // namespace cutaway::model
