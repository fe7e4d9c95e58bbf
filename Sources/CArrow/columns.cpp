// Columns: their kinds and dictionaries; made from memory, looked at, exported.
#include "carrow_internal.h"

#include <arrow/c/bridge.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>
#include <arrow/util/parallel.h>

#include <mutex>

namespace cp = arrow::compute;

namespace carrow {

arrow::Status initialize() {
    static std::once_flag once;
    static arrow::Status status;
    std::call_once(once, [] { status = cp::Initialize(); });
    return status;
}

ColumnResult handle(arrow::Datum datum) {
    if (datum.is_array()) datum = arrow::Datum(std::make_shared<arrow::ChunkedArray>(datum.make_array()));
    if (!datum.is_scalar() && !datum.is_chunked_array()) {
        return arrow::Status::Invalid("the result is neither a column nor a value");
    }
    return new carrow_column_s{std::move(datum)};
}

int32_t kind_of(const arrow::DataType &type) {
    using arrow::Type;
    switch (type.id()) {
    case Type::BOOL: return CARROW_BOOLEAN;
    case Type::INT8: case Type::INT16: case Type::INT32: case Type::INT64:
    case Type::UINT8: case Type::UINT16: case Type::UINT32: case Type::UINT64: return CARROW_INTEGER;
    case Type::HALF_FLOAT: case Type::FLOAT: case Type::DOUBLE: case Type::DECIMAL128: return CARROW_NUMBER;
    case Type::STRING: case Type::LARGE_STRING: case Type::STRING_VIEW: return CARROW_TEXT;
    case Type::DATE32: case Type::DATE64: return CARROW_DATE;
    case Type::TIMESTAMP: return CARROW_TIME;
    case Type::DICTIONARY: return kind_of(*static_cast<const arrow::DictionaryType &>(type).value_type());
    default: return CARROW_OTHER;
    }
}

std::shared_ptr<arrow::DataType> type_of(int32_t kind) {
    switch (kind) {
    case CARROW_BOOLEAN: return arrow::boolean();
    case CARROW_INTEGER: return arrow::int64();
    case CARROW_NUMBER: return arrow::float64();
    case CARROW_TEXT: return arrow::utf8();
    case CARROW_DATE: return arrow::date32();
    case CARROW_TIME: return arrow::timestamp(arrow::TimeUnit::MICRO);
    case CARROW_FLOAT: return arrow::float32();
    case CARROW_INDEX: return arrow::int32();
    default: return arrow::null();
    }
}

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> decoded(std::shared_ptr<arrow::ChunkedArray> column) {
    if (column->type()->id() != arrow::Type::DICTIONARY) return column;
    ARROW_RETURN_NOT_OK(initialize());
    const auto &type = static_cast<const arrow::DictionaryType &>(*column->type());
    ARROW_ASSIGN_OR_RAISE(auto result, cp::Cast(arrow::Datum(column), type.value_type()));
    return result.chunked_array();
}

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> unified(std::shared_ptr<arrow::ChunkedArray> column) {
    if (column->type()->id() != arrow::Type::DICTIONARY) return column;
    const auto &type = static_cast<const arrow::DictionaryType &>(*column->type());
    ARROW_ASSIGN_OR_RAISE(auto unifier, arrow::DictionaryUnifier::Make(type.value_type()));
    std::vector<std::shared_ptr<arrow::Buffer>> maps;
    for (const auto &chunk : column->chunks()) {
        std::shared_ptr<arrow::Buffer> map;
        const auto &array = static_cast<const arrow::DictionaryArray &>(*chunk);
        if (array.dictionary()->null_count() > 0) return decoded(column);
        ARROW_RETURN_NOT_OK(unifier->Unify(*array.dictionary(), &map));
        maps.push_back(map);
    }
    std::shared_ptr<arrow::DataType> common_type;
    std::shared_ptr<arrow::Array> dictionary;
    ARROW_RETURN_NOT_OK(unifier->GetResult(&common_type, &dictionary));
    arrow::ArrayVector chunks;
    for (int place = 0; place < column->num_chunks(); ++place) {
        const auto &array = static_cast<const arrow::DictionaryArray &>(*column->chunk(place));
        ARROW_ASSIGN_OR_RAISE(
            auto chunk,
            array.Transpose(common_type, dictionary, reinterpret_cast<const int32_t *>(maps[place]->data())));
        chunks.push_back(chunk);
    }
    return arrow::ChunkedArray::Make(std::move(chunks), common_type);
}

// A column in one of the kinds that are known, with one dictionary for all of its parts.
static arrow::Result<std::shared_ptr<arrow::ChunkedArray>> tidied(std::shared_ptr<arrow::ChunkedArray> column) {
    std::shared_ptr<arrow::DataType> wanted;
    switch (column->type()->id()) {
    case arrow::Type::NA: wanted = arrow::float64(); break;
    case arrow::Type::TIMESTAMP: wanted = type_of(CARROW_TIME); break;
    case arrow::Type::DATE64: wanted = arrow::date32(); break;
    case arrow::Type::LARGE_STRING: case arrow::Type::STRING_VIEW: wanted = arrow::utf8(); break;
    case arrow::Type::DECIMAL128: wanted = arrow::float64(); break;
    default: break;
    }
    if (wanted && !wanted->Equals(column->type())) {
        ARROW_ASSIGN_OR_RAISE(auto cast, cp::Cast(arrow::Datum(column), cp::CastOptions::Unsafe(wanted)));
        column = cast.chunked_array();
    }
    ARROW_ASSIGN_OR_RAISE(column, in_one_form(std::move(column), false));
    return unified(std::move(column));
}

arrow::Result<std::shared_ptr<arrow::Table>> tidied(std::shared_ptr<arrow::Table> table) {
    ARROW_RETURN_NOT_OK(initialize());
    auto columns = table->columns();
    auto fields = table->schema()->fields();
    table.reset();
    auto tidy = [&](int place) -> arrow::Status {
        // No exception may leave a thread of Arrow's pool.
        try {
            ARROW_ASSIGN_OR_RAISE(columns[place], tidied(std::move(columns[place])));
        } catch (const std::exception &failure) {
            return arrow::Status::UnknownError(failure.what());
        }
        fields[place] = arrow::field(composed(fields[place]->name()), columns[place]->type());
        return arrow::Status::OK();
    };
    ARROW_RETURN_NOT_OK(arrow::internal::ParallelFor(static_cast<int>(columns.size()), tidy));
    return arrow::Table::Make(arrow::schema(fields), std::move(columns));
}

template <typename Builder, typename Value>
static ColumnResult build(Builder &&builder, const Value *values, const uint8_t *valid, int64_t count) {
    ARROW_RETURN_NOT_OK(builder.AppendValues(values, count, valid));
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    return handle(arrow::Datum(array));
}

} // namespace carrow

using namespace carrow;

void carrow_free(void *memory) { std::free(memory); }
void carrow_column_release(carrow_column column) { delete column; }

int64_t carrow_column_length(carrow_column column) { return column->value.length(); }
int64_t carrow_column_null_count(carrow_column column) { return column->value.null_count(); }

int64_t carrow_column_byte_count(carrow_column column) {
    if (!column->value.is_chunked_array()) return 0;
    int64_t total = 0;
    const void *dictionary = nullptr;
    for (const auto &chunk : chunked(column)->chunks()) {
        for (const auto &buffer : chunk->data()->buffers) total += buffer ? buffer->size() : 0;
        const auto &entries = chunk->data()->dictionary;
        if (!entries || entries.get() == dictionary) continue;
        dictionary = entries.get();
        for (const auto &buffer : entries->buffers) total += buffer ? buffer->size() : 0;
    }
    return total;
}

int32_t carrow_column_kind(carrow_column column) { return kind_of(*column->value.type()); }
char *carrow_column_type_name(carrow_column column) { return copied(column->value.type()->ToString()); }

carrow_column carrow_column_of_booleans(const uint8_t *values, const uint8_t *valid, int64_t count, char **error) {
    return guarded(error, [&] { return build(arrow::BooleanBuilder(), values, valid, count); });
}

carrow_column carrow_column_of_integers(
    int32_t kind, const int64_t *values, const uint8_t *valid, int64_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        if (kind == CARROW_TIME) {
            return build(
                arrow::TimestampBuilder(type_of(kind), arrow::default_memory_pool()), values, valid, count);
        }
        ARROW_ASSIGN_OR_RAISE(auto column, build(arrow::Int64Builder(), values, valid, count));
        if (kind == CARROW_INTEGER) return column;
        std::unique_ptr<carrow_column_s> owner(column);
        // Days are 32 bits wide; Arrow has no direct cast from 64 bits.
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto narrow, cp::Cast(column->value, arrow::int32()));
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Cast(narrow, type_of(kind)));
        return handle(result);
    });
}

carrow_column carrow_column_of_numbers(const double *values, const uint8_t *valid, int64_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        arrow::DoubleBuilder builder;
        ARROW_RETURN_NOT_OK(builder.AppendValues(values, count, valid));
        ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
        ARROW_ASSIGN_OR_RAISE(auto datum, in_one_form(arrow::Datum(array)));
        return handle(datum);
    });
}

carrow_column carrow_column_of_texts(
    const char *bytes, const int64_t *offsets, const uint8_t *valid, int64_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        arrow::StringBuilder builder;
        ARROW_RETURN_NOT_OK(builder.Reserve(count));
        ARROW_RETURN_NOT_OK(builder.ReserveData(count > 0 ? offsets[count] : 0));
        for (int64_t row = 0; row < count; ++row) {
            if (valid && !valid[row]) {
                builder.UnsafeAppendNull();
            } else {
                builder.UnsafeAppend(bytes + offsets[row], static_cast<int32_t>(offsets[row + 1] - offsets[row]));
            }
        }
        ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
        ARROW_ASSIGN_OR_RAISE(auto tidy, in_one_form(std::make_shared<arrow::ChunkedArray>(array), false));
        return handle(arrow::Datum(tidy));
    });
}

carrow_column carrow_scalar(carrow_column column, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_ASSIGN_OR_RAISE(auto plain, decoded(chunked(column)));
        ARROW_ASSIGN_OR_RAISE(auto scalar, plain->GetScalar(0));
        return handle(arrow::Datum(scalar));
    });
}

int32_t carrow_column_chunk_count(carrow_column column) {
    return column->value.is_chunked_array() ? chunked(column)->num_chunks() : 0;
}

bool carrow_column_export(carrow_column column, int32_t chunk, struct ArrowArray *out, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        ARROW_RETURN_NOT_OK(arrow::ExportArray(*chunked(column)->chunk(chunk), out));
        return true;
    });
}

carrow_column carrow_concatenate(const carrow_column *columns, int32_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        arrow::ArrayVector chunks;
        for (int32_t place = 0; place < count; ++place) {
            ARROW_ASSIGN_OR_RAISE(auto plain, decoded(chunked(columns[place])));
            chunks.insert(chunks.end(), plain->chunks().begin(), plain->chunks().end());
        }
        ARROW_ASSIGN_OR_RAISE(auto joined, arrow::ChunkedArray::Make(std::move(chunks)));
        return handle(arrow::Datum(joined));
    });
}

carrow_column carrow_slice(carrow_column column, int64_t start, int64_t length, char **error) {
    return guarded(error, [&] { return handle(arrow::Datum(chunked(column)->Slice(start, length))); });
}

