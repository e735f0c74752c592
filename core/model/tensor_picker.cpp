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
    if (!storedType(found->dtype)) {
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
    const std::size_t skipped = static_cast<std::size_t>(offset) * weights::dtypeBytes(found->dtype);
    return {*storedType(found->dtype), shape, strides, found->data + skipped, name, found->file};
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
    return takeStrided(name, shape, shape, rowMajor(shape));
}

WeightView TensorPicker::takeOptional(const std::string& name, const Shape& shape) {
    return has(name) ? take(name, shape) : WeightView{};
}

WeightView TensorPicker::takeTransposed(const std::string& name, std::int64_t in, std::int64_t out,
                                        std::int64_t first, std::int64_t columns) {
    WeightView view = takeStrided(name, {in, out}, {columns < 0 ? out : columns, in}, {1, out});
    if (view.present())
        view.data += static_cast<std::size_t>(first) * weights::dtypeBytes(m_table.find(name)->dtype);
    return view;
}

WeightView TensorPicker::takePart(const std::string& name, std::int64_t size, std::int64_t first,
                                  std::int64_t count) {
    WeightView view = takeStrided(name, {size}, {count}, {1});
    if (view.present())
        view.data += static_cast<std::size_t>(first) * weights::dtypeBytes(m_table.find(name)->dtype);
    return view;
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
        std::string dtype(weights::dtypeName(m_table.find(name)->dtype));
        std::transform(dtype.begin(), dtype.end(), dtype.begin(),
                       [](unsigned char c) { return char(std::tolower(c)); });
        names.insert(dtype);
    }
    return names.size() == 1 ? *names.begin() : "mixed";
}

} // namespace cutaway::model
