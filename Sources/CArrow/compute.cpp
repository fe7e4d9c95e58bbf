// Computing with columns by the names of Arrow's kernels; texts in a dictionary cost as much as there are different ones.
#include "carrow_internal.h"

#include <arrow/compute/api_aggregate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/function.h>
#include <arrow/compute/registry.h>

namespace cp = arrow::compute;

namespace carrow {

static bool has_dictionary(const arrow::Datum &datum) {
    return datum.type() && datum.type()->id() == arrow::Type::DICTIONARY;
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
    if (result.ok()) {
        ARROW_ASSIGN_OR_RAISE(auto tidy, in_one_form(*result));
        return handle(tidy);
    }
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
                            name == "take" || name == "filter" || name == "coalesce";
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

} // namespace carrow

using namespace carrow;

carrow_column carrow_call(const char *function, const carrow_column *arguments, int32_t count, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        std::vector<arrow::Datum> values;
        for (int32_t place = 0; place < count; ++place) values.push_back(arguments[place]->value);
        ARROW_ASSIGN_OR_RAISE(auto result, call(function, std::move(values)));
        ARROW_ASSIGN_OR_RAISE(result, in_one_form(std::move(result)));
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
