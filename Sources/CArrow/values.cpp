// Values in one form, so that what looks the same is the same: no NaN beside missing numbers, texts in Unicode's composed
// form, and without blanks at their ends where that is asked for.
#include "carrow_internal.h"

#include <arrow/compute/api_scalar.h>
#include <arrow/compute/exec.h>

#include <algorithm>
#include <cmath>

namespace cp = arrow::compute;

namespace carrow {

namespace {

template <typename Type> bool has_nan(const arrow::ChunkedArray &column) {
    for (const auto &chunk : column.chunks()) {
        const auto *values = static_cast<const arrow::NumericArray<Type> &>(*chunk).raw_values();
        bool found = false;
        for (int64_t row = 0; row < chunk->length(); ++row) found |= std::isnan(values[row]);
        if (!found) continue;
        // What lies under a missing value does not count.
        for (int64_t row = 0; row < chunk->length(); ++row) {
            if (std::isnan(values[row]) && chunk->IsValid(row)) return true;
        }
    }
    return false;
}

bool is_blank(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

// Whether a text may change: most are ASCII without blanks at their ends, which a look tells.
bool may_change(const arrow::StringArray &texts, bool trims) {
    for (int64_t row = 0; row < texts.length(); ++row) {
        auto text = texts.GetView(row);
        if (text.empty()) continue;
        if (trims && (is_blank(text.front()) || is_blank(text.back()))) return true;
        unsigned char bits = 0;
        for (char letter : text) bits |= static_cast<unsigned char>(letter);
        if (bits & 0x80) return true;
    }
    return false;
}

arrow::Result<std::shared_ptr<arrow::Array>> tidy_texts(std::shared_ptr<arrow::Array> texts, bool trims) {
    if (!may_change(static_cast<const arrow::StringArray &>(*texts), trims)) return texts;
    arrow::Datum datum(texts);
    if (trims) {
        ARROW_ASSIGN_OR_RAISE(datum, cp::CallFunction("utf8_trim_whitespace", {datum}));
    }
    cp::Utf8NormalizeOptions composed(cp::Utf8NormalizeOptions::NFC);
    ARROW_ASSIGN_OR_RAISE(datum, cp::CallFunction("utf8_normalize", {datum}, &composed));
    return datum.make_array();
}

} // namespace

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> in_one_form(
    std::shared_ptr<arrow::ChunkedArray> column, bool trims) {
    ARROW_RETURN_NOT_OK(initialize());
    const auto &type = *column->type();
    bool is_double = type.id() == arrow::Type::DOUBLE;
    if (is_double || type.id() == arrow::Type::FLOAT) {
        if (!(is_double ? has_nan<arrow::DoubleType>(*column) : has_nan<arrow::FloatType>(*column))) return column;
        ARROW_ASSIGN_OR_RAISE(auto mask, cp::CallFunction("is_nan", {arrow::Datum(column)}));
        arrow::Datum missing(arrow::MakeNullScalar(column->type()));
        ARROW_ASSIGN_OR_RAISE(auto result, cp::CallFunction("if_else", {mask, missing, arrow::Datum(column)}));
        return result.chunked_array();
    }
    bool is_text = type.id() == arrow::Type::STRING;
    bool is_list = type.id() == arrow::Type::DICTIONARY &&
                   static_cast<const arrow::DictionaryType &>(type).value_type()->id() == arrow::Type::STRING;
    if (!is_text && !is_list) return column;
    arrow::ArrayVector chunks;
    bool has_changed = false;
    for (const auto &chunk : column->chunks()) {
        auto texts = is_text ? chunk : static_cast<const arrow::DictionaryArray &>(*chunk).dictionary();
        auto tidy = tidy_texts(texts, trims);
        // Bytes that are no text stay as they are; who reads them says what is wrong.
        if (!tidy.ok()) return column;
        if (*tidy == texts) {
            chunks.push_back(chunk);
            continue;
        }
        has_changed = true;
        if (is_text) {
            chunks.push_back(*tidy);
        } else {
            auto data = chunk->data()->Copy();
            data->dictionary = (*tidy)->data();
            chunks.push_back(arrow::MakeArray(data));
        }
    }
    if (!has_changed) return column;
    ARROW_ASSIGN_OR_RAISE(column, arrow::ChunkedArray::Make(std::move(chunks), column->type()));
    // Entries that have become equal are joined.
    return unified(std::move(column));
}

std::string composed(const std::string &text) {
    if (std::all_of(text.begin(), text.end(), [](char letter) { return (letter & 0x80) == 0; })) return text;
    cp::Utf8NormalizeOptions options(cp::Utf8NormalizeOptions::NFC);
    if (!initialize().ok()) return text;
    auto result = cp::CallFunction("utf8_normalize", {arrow::Datum(std::make_shared<arrow::StringScalar>(text))}, &options);
    if (!result.ok()) return text;
    return static_cast<const arrow::StringScalar &>(*result->scalar()).value->ToString();
}

arrow::Result<arrow::Datum> in_one_form(arrow::Datum datum) {
    if (!datum.type() || !arrow::is_floating(datum.type()->id())) return datum;
    if (datum.is_array()) datum = arrow::Datum(std::make_shared<arrow::ChunkedArray>(datum.make_array()));
    if (!datum.is_chunked_array()) return datum;
    ARROW_ASSIGN_OR_RAISE(auto column, in_one_form(datum.chunked_array(), false));
    return arrow::Datum(column);
}

} // namespace carrow

using namespace carrow;

carrow_column carrow_tidy(carrow_column column, char **error) {
    return guarded(error, [&]() -> ColumnResult {
        ARROW_ASSIGN_OR_RAISE(auto tidy, in_one_form(chunked(column), true));
        return handle(arrow::Datum(tidy));
    });
}
