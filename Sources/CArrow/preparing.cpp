// Columns as the numbers that a network sees, in one pass and without tables in between.
#include "carrow_internal.h"

#include <arrow/util/bit_util.h>

#include <cmath>
#include <limits>

using namespace carrow;

namespace {

// Calls `body` with each part of a chunk that lies in a range of rows: the array, the first row of the part inside it,
// the place of that row in the range, and the number of rows.
template <typename Body>
arrow::Status for_each_part(const arrow::ChunkedArray &column, int64_t start, int64_t length, Body &&body) {
    int64_t begin = 0;
    for (const auto &chunk : column.chunks()) {
        int64_t from = std::max(start, begin), to = std::min(start + length, begin + chunk->length());
        if (from < to) ARROW_RETURN_NOT_OK(body(*chunk->data(), from - begin, from - start, to - from));
        begin += chunk->length();
        if (begin >= start + length) break;
    }
    return arrow::Status::OK();
}

// Calls `body` with the values of an array as a pointer to their C type, offset included.
template <typename Body> arrow::Status with_numbers(const arrow::ArrayData &data, Body &&body) {
    using arrow::Type;
    switch (data.type->id()) {
    case Type::INT8: body(data.GetValues<int8_t>(1)); break;
    case Type::INT16: body(data.GetValues<int16_t>(1)); break;
    case Type::INT32: body(data.GetValues<int32_t>(1)); break;
    case Type::INT64: body(data.GetValues<int64_t>(1)); break;
    case Type::UINT8: body(data.GetValues<uint8_t>(1)); break;
    case Type::UINT16: body(data.GetValues<uint16_t>(1)); break;
    case Type::UINT32: body(data.GetValues<uint32_t>(1)); break;
    case Type::UINT64: body(data.GetValues<uint64_t>(1)); break;
    case Type::FLOAT: body(data.GetValues<float>(1)); break;
    case Type::DOUBLE: body(data.GetValues<double>(1)); break;
    default: return arrow::Status::TypeError("values of the type ", data.type->ToString(), " are no plain numbers");
    }
    return arrow::Status::OK();
}

// The validity bits of an array; null where no value is missing.
const uint8_t *validity(const arrow::ArrayData &data) {
    return data.MayHaveNulls() && data.buffers[0] ? data.buffers[0]->data() : nullptr;
}

bool is_number(const arrow::DataType &type) {
    return arrow::is_integer(type.id()) || type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE;
}

// Indices: those of a dictionary, or whole numbers themselves.
std::shared_ptr<arrow::DataType> index_type(const arrow::DataType &type) {
    if (type.id() == arrow::Type::DICTIONARY) return static_cast<const arrow::DictionaryType &>(type).index_type();
    return nullptr;
}

arrow::ArrayData indices_of(const arrow::ArrayData &data) {
    arrow::ArrayData indices = data;
    if (auto type = index_type(*data.type)) indices.type = type;
    return indices;
}

template <typename Out>
arrow::Status write_codes(
    const arrow::ChunkedArray &column, const int32_t *codes, int64_t start, int64_t length, Out *out, int64_t stride) {
    return for_each_part(
        column, start, length, [&](const arrow::ArrayData &data, int64_t row, int64_t place, int64_t count) {
            auto indices = indices_of(data);
            const uint8_t *valid = validity(data);
            Out *to = out + place * stride;
            return with_numbers(indices, [&](const auto *values) {
                values += row;
                for (int64_t at = 0; at < count; ++at, to += stride) {
                    bool is_present = !valid || arrow::bit_util::GetBit(valid, data.offset + row + at);
                    *to = static_cast<Out>(is_present ? codes[static_cast<int64_t>(values[at])] : 0);
                }
            });
        });
}

} // namespace

int32_t carrow_column_dictionary_count(carrow_column column) {
    if (!column->value.is_chunked_array() || !index_type(*column->value.type())) return -1;
    const arrow::ArrayData *first = nullptr;
    for (const auto &chunk : chunked(column)->chunks()) {
        const auto *entries = chunk->data()->dictionary.get();
        if (first && entries != first) return -1;
        first = entries;
    }
    return first && first->GetNullCount() == 0 ? static_cast<int32_t>(first->length) : -1;
}

carrow_column carrow_column_dictionary(carrow_column column, char **error) {
    return guarded(error, [&] { return handle(arrow::Datum(chunked(column)->chunk(0)->data()->dictionary)); });
}

bool carrow_column_codes(
    carrow_column column, const int32_t *codes, int64_t start, int64_t length, void *out, int32_t width, int64_t stride,
    char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        const auto &values = *chunked(column);
        switch (width) {
        case 1: ARROW_RETURN_NOT_OK(write_codes(values, codes, start, length, static_cast<uint8_t *>(out), stride)); break;
        case 2: ARROW_RETURN_NOT_OK(write_codes(values, codes, start, length, static_cast<int16_t *>(out), stride)); break;
        case 4: ARROW_RETURN_NOT_OK(write_codes(values, codes, start, length, static_cast<int32_t *>(out), stride)); break;
        default: ARROW_RETURN_NOT_OK(write_codes(values, codes, start, length, static_cast<int64_t *>(out), stride));
        }
        return true;
    });
}

bool carrow_column_used(carrow_column column, const uint8_t *rows, uint8_t *used, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        const auto &values = *chunked(column);
        ARROW_RETURN_NOT_OK(for_each_part(
            values, 0, values.length(), [&](const arrow::ArrayData &data, int64_t row, int64_t place, int64_t count) {
                auto indices = indices_of(data);
                const uint8_t *valid = validity(data);
                return with_numbers(indices, [&](const auto *values) {
                    for (int64_t at = 0; at < count; ++at) {
                        bool is_present = !valid || arrow::bit_util::GetBit(valid, data.offset + row + at);
                        if (is_present) used[static_cast<int64_t>(values[row + at])] |= rows[place + at];
                    }
                });
            }));
        return true;
    });
}

bool carrow_column_is_plain_numbers(carrow_column column) {
    return column->value.is_chunked_array() && is_number(*column->value.type());
}

bool carrow_column_numbers(
    carrow_column column, double fill, double mean, double deviation, int64_t start, int64_t length, float *out,
    int64_t stride, int64_t *missing, int64_t *wrong, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        int64_t absent = 0, infinite = -1;
        // A column of one value has no say: what is divided by infinity is 0.
        const double divisor = deviation == 0 ? std::numeric_limits<double>::infinity() : deviation;
        ARROW_RETURN_NOT_OK(for_each_part(
            *chunked(column), start, length,
            [&](const arrow::ArrayData &data, int64_t row, int64_t place, int64_t count) {
                const uint8_t *valid = validity(data);
                float *to = out + place * stride;
                return with_numbers(data, [&](const auto *values) {
                    values += row;
                    for (int64_t at = 0; at < count; ++at, to += stride) {
                        double value = static_cast<double>(values[at]);
                        bool is_absent =
                            std::isnan(value) || (valid && !arrow::bit_util::GetBit(valid, data.offset + row + at));
                        absent += is_absent;
                        *to = static_cast<float>(((is_absent ? fill : value) - mean) / divisor);
                        if (!is_absent && !std::isfinite(*to) && infinite < 0) infinite = start + place + at;
                    }
                });
            }));
        *missing = absent;
        if (infinite >= 0) *wrong = infinite;
        return true;
    });
}

bool carrow_column_statistics(carrow_column column, const uint8_t *rows, carrow_statistics *out, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        const auto &values = *chunked(column);
        int64_t present = 0, absent = 0;
        double sum = 0, squares = 0, middle = 0;
        double least = std::numeric_limits<double>::infinity(), largest = -least;
        // The deviations are from the mean: two passes, since the square of a mean takes the digits of small deviations.
        for (bool is_second : {false, true}) {
            ARROW_RETURN_NOT_OK(for_each_part(
                values, 0, values.length(),
                [&](const arrow::ArrayData &data, int64_t row, int64_t place, int64_t length) {
                    const uint8_t *valid = validity(data);
                    double part = 0;
                    auto status = with_numbers(data, [&](const auto *numbers) {
                        for (int64_t at = 0; at < length; ++at) {
                            if (!rows[place + at]) continue;
                            double value = static_cast<double>(numbers[row + at]);
                            bool is_absent =
                                std::isnan(value) || (valid && !arrow::bit_util::GetBit(valid, data.offset + row + at));
                            if (is_second) {
                                part += is_absent ? 0 : (value - middle) * (value - middle);
                            } else {
                                absent += is_absent;
                                present += !is_absent;
                                part += is_absent ? 0 : value;
                                least = is_absent || value > least ? least : value;
                                largest = is_absent || value < largest ? largest : value;
                            }
                        }
                    });
                    (is_second ? squares : sum) += part;
                    return status;
                }));
            if (!is_second) middle = present ? sum / static_cast<double>(present) : 0;
        }
        const double unknown = std::numeric_limits<double>::quiet_NaN();
        out->count = present;
        out->missing = absent;
        out->mean = present ? middle : unknown;
        out->deviation = present ? std::sqrt(squares / static_cast<double>(present)) : unknown;
        out->least = present ? least : unknown;
        out->largest = present ? largest : unknown;
        return true;
    });
}

int64_t carrow_column_first_beyond(carrow_column column, const uint8_t *rows, double limit, char **error) {
    int64_t found = -1;
    bool is_done = guarded(error, [&]() -> arrow::Result<bool> {
        const auto &values = *chunked(column);
        ARROW_RETURN_NOT_OK(for_each_part(
            values, 0, values.length(), [&](const arrow::ArrayData &data, int64_t row, int64_t place, int64_t length) {
                const uint8_t *valid = validity(data);
                return with_numbers(data, [&](const auto *numbers) {
                    for (int64_t at = 0; at < length && found < 0; ++at) {
                        if (rows && !rows[place + at]) continue;
                        if (valid && !arrow::bit_util::GetBit(valid, data.offset + row + at)) continue;
                        if (std::abs(static_cast<double>(numbers[row + at])) > limit) found = place + at;
                    }
                });
            }));
        return true;
    });
    return is_done ? found : -1;
}
