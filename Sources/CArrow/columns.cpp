// Columns: made from memory, looked at, exported, and computed with by the names of Arrow's kernels.
#include "carrow_internal.h"

#include <arrow/c/bridge.h>
#include <arrow/compute/api_aggregate.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/function.h>
#include <arrow/compute/initialize.h>
#include <arrow/compute/registry.h>

#include <limits>
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

static bool has_dictionary(const arrow::Datum &datum) {
    return datum.type() && datum.type()->id() == arrow::Type::DICTIONARY;
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

arrow::Result<std::shared_ptr<arrow::Table>> tidied(std::shared_ptr<arrow::Table> table) {
    ARROW_RETURN_NOT_OK(initialize());
    auto columns = table->columns();
    auto fields = table->schema()->fields();
    table.reset();
    for (size_t place = 0; place < columns.size(); ++place) {
        auto &column = columns[place];
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
        ARROW_ASSIGN_OR_RAISE(column, unified(std::move(column)));
        fields[place] = arrow::field(fields[place]->name(), column->type());
    }
    return arrow::Table::Make(arrow::schema(fields), std::move(columns));
}

// Applies a function of one value to the entries of a dictionary instead of to each row.
static arrow::Result<arrow::Datum> map_dictionary(
    const std::shared_ptr<arrow::ChunkedArray> &column,
    const std::function<arrow::Result<arrow::Datum>(const arrow::Datum &)> &function) {
    ARROW_ASSIGN_OR_RAISE(auto whole, unified(column));
    if (whole->type()->id() != arrow::Type::DICTIONARY || whole->num_chunks() == 0) {
        ARROW_ASSIGN_OR_RAISE(auto plain, decoded(whole));
        return function(arrow::Datum(plain));
    }
    const auto &first = static_cast<const arrow::DictionaryArray &>(*whole->chunk(0));
    ARROW_ASSIGN_OR_RAISE(auto mapped, function(arrow::Datum(first.dictionary())));
    arrow::ArrayVector chunks;
    for (const auto &chunk : whole->chunks()) {
        const auto &array = static_cast<const arrow::DictionaryArray &>(*chunk);
        ARROW_ASSIGN_OR_RAISE(
            auto taken, cp::Take(mapped, arrow::Datum(array.indices()), cp::TakeOptions::NoBoundsCheck()));
        chunks.push_back(taken.make_array());
    }
    return arrow::Datum(std::make_shared<arrow::ChunkedArray>(std::move(chunks), mapped.type()));
}

// The first value that a cast refuses, as a sentence.
static std::string refused(
    const std::shared_ptr<arrow::ChunkedArray> &column, const cp::CastOptions &options) {
    int64_t low = 0, high = column->length();
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (cp::Cast(arrow::Datum(column->Slice(low, middle - low)), options).ok()) low = middle; else high = middle;
    }
    auto value = column->GetScalar(low);
    std::string shown = value.ok() ? (*value)->ToString() : "?";
    return "row " + std::to_string(low) + " has \"" + shown + "\"";
}

static ColumnResult cast(carrow_column column, const std::shared_ptr<arrow::DataType> &type) {
    ARROW_RETURN_NOT_OK(initialize());
    auto options = cp::CastOptions::Safe(type);
    // An integer that a double can't hold exactly is still the nearest number, and a time cut to its day is a day.
    options.allow_float_truncate = arrow::is_floating(type->id());
    options.allow_time_truncate = true;
    if (arrow::is_floating(type->id())) options.allow_int_overflow = true;
    if (column->value.is_scalar()) {
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Cast(column->value, options));
        return handle(result);
    }
    auto source = chunked(column);
    auto convert = [&](const arrow::Datum &datum) -> arrow::Result<arrow::Datum> {
        if (datum.type()->id() == arrow::Type::BOOL && arrow::is_temporal(type->id())) {
            return arrow::Status::Invalid("a truth value is no time");
        }
        return cp::Cast(datum, options);
    };
    arrow::Result<arrow::Datum> result =
        has_dictionary(column->value) && type->id() != arrow::Type::STRING
        ? map_dictionary(source, convert)
        : (has_dictionary(column->value) ? cp::Cast(arrow::Datum(source), type) : convert(arrow::Datum(source)));
    if (result.ok()) return handle(*result);
    if (!result.status().IsInvalid() && !result.status().IsNotImplemented()) return result.status();
    ARROW_ASSIGN_OR_RAISE(auto plain, decoded(source));
    return arrow::Status::Invalid(refused(plain, options));
}

// The arguments of a call, and where there is one column with a dictionary among values, its place.
static arrow::Result<arrow::Datum> call(const std::string &name, std::vector<arrow::Datum> arguments) {
    ARROW_RETURN_NOT_OK(initialize());
    ARROW_ASSIGN_OR_RAISE(auto function, cp::GetFunctionRegistry()->GetFunction(name));
    bool sees_missing = name == "is_null" || name == "is_valid" || name == "coalesce" || name == "if_else";
    int columns = 0, dictionary = -1;
    for (size_t place = 0; place < arguments.size(); ++place) {
        if (!arguments[place].is_scalar()) ++columns;
        if (has_dictionary(arguments[place])) dictionary = static_cast<int>(place);
    }
    if (dictionary >= 0 && columns == 1 && !sees_missing && function->kind() == cp::Function::SCALAR) {
        return map_dictionary(arguments[dictionary].chunked_array(), [&](const arrow::Datum &values) {
            arguments[dictionary] = values;
            return cp::CallFunction(name, arguments);
        });
    }
    bool keeps_dictionary = name == "is_null" || name == "is_valid" || name == "drop_null" || name == "unique" ||
                            name == "take" || name == "coalesce";
    for (auto &argument : arguments) {
        if (!has_dictionary(argument) || keeps_dictionary || !argument.is_chunked_array()) continue;
        ARROW_ASSIGN_OR_RAISE(auto plain, decoded(argument.chunked_array()));
        argument = arrow::Datum(plain);
    }
    return cp::CallFunction(name, arguments);
}

// A result as a column, a single value as a column of one.
static ColumnResult column_of(arrow::Datum datum) {
    if (datum.is_scalar()) {
        ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayFromScalar(*datum.scalar(), 1));
        datum = arrow::Datum(array);
    }
    return handle(std::move(datum));
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
    return guarded(error, [&] { return build(arrow::DoubleBuilder(), values, valid, count); });
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
        return handle(arrow::Datum(array));
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

carrow_column carrow_call(const char *function, const carrow_column *arguments, int32_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        std::vector<arrow::Datum> values;
        for (int32_t place = 0; place < count; ++place) values.push_back(arguments[place]->value);
        ARROW_ASSIGN_OR_RAISE(auto result, call(function, std::move(values)));
        return column_of(std::move(result));
    });
}

carrow_column carrow_cast(carrow_column column, int32_t kind, char **error) {
    return guarded(error, [&] { return cast(column, type_of(kind)); });
}

carrow_column carrow_shrink(carrow_column column, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_RETURN_NOT_OK(initialize());
        auto source = chunked(column);
        if (has_dictionary(column->value)) {
            ARROW_ASSIGN_OR_RAISE(auto narrow, unified(source));
            return handle(arrow::Datum(narrow));
        }
        std::vector<std::shared_ptr<arrow::DataType>> choices;
        switch (source->type()->id()) {
        case arrow::Type::DOUBLE: choices = {arrow::float32()}; break;
        case arrow::Type::INT64: case arrow::Type::INT32: case arrow::Type::INT16:
            choices = {arrow::int8(), arrow::int16(), arrow::int32()};
            break;
        case arrow::Type::STRING: {
            ARROW_ASSIGN_OR_RAISE(auto encoded, cp::DictionaryEncode(arrow::Datum(source)));
            ARROW_ASSIGN_OR_RAISE(auto narrow, unified(encoded.chunked_array()));
            return handle(arrow::Datum(narrow));
        }
        default: break;
        }
        for (const auto &type : choices) {
            auto options = cp::CastOptions::Safe(type);
            options.allow_float_truncate = true;
            auto result = cp::Cast(arrow::Datum(source), options);
            if (result.ok()) return handle(*result);
        }
        return handle(column->value);
    });
}

carrow_column carrow_quantile(carrow_column column, const double *parts, int32_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_RETURN_NOT_OK(initialize());
        cp::QuantileOptions options(std::vector<double>(parts, parts + count));
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Quantile(column->value, options));
        ARROW_ASSIGN_OR_RAISE(auto numbers, cp::Cast(result, arrow::float64()));
        return column_of(numbers);
    });
}

carrow_column carrow_deviation(carrow_column column, int32_t ddof, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Stddev(column->value, cp::VarianceOptions(ddof)));
        return column_of(result);
    });
}

carrow_column carrow_mode(carrow_column column, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Mode(column->value, cp::ModeOptions(1)));
        return handle(arrow::Datum(static_cast<const arrow::StructArray &>(*result.make_array()).field(0)));
    });
}

carrow_column carrow_index_in(carrow_column column, carrow_column values, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto set, decoded(chunked(values)));
        auto options = cp::SetLookupOptions(arrow::Datum(set), cp::SetLookupOptions::SKIP);
        auto find = [&](const arrow::Datum &datum) { return cp::IndexIn(datum, options); };
        if (has_dictionary(column->value)) {
            ARROW_ASSIGN_OR_RAISE(auto result, map_dictionary(chunked(column), find));
            return handle(result);
        }
        ARROW_ASSIGN_OR_RAISE(auto result, find(column->value));
        return handle(result);
    });
}

carrow_column carrow_parse_times(carrow_column column, const char *format, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_RETURN_NOT_OK(initialize());
        cp::StrptimeOptions options(format, arrow::TimeUnit::MICRO, false);
        auto parse = [&](const arrow::Datum &datum) { return cp::Strptime(datum, options); };
        if (has_dictionary(column->value)) {
            ARROW_ASSIGN_OR_RAISE(auto result, map_dictionary(chunked(column), parse));
            return handle(result);
        }
        ARROW_ASSIGN_OR_RAISE(auto result, parse(column->value));
        return handle(result);
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

int64_t carrow_memory_in_use(void) { return arrow::default_memory_pool()->bytes_allocated(); }
