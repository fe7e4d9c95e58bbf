// What the C++ files of CArrow share: the handles behind the C types, and the barrier that no exception crosses.
#pragma once
#include "carrow.h"

#include <arrow/api.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct carrow_column_s {
    // A scalar or a chunked array.
    arrow::Datum value;
};
struct carrow_table_s {
    std::shared_ptr<arrow::Table> value;
};
struct carrow_stream_s {
    std::shared_ptr<arrow::RecordBatchReader> value;
    // Makes a failure's text say more, at the price of another look at the source; may be empty.
    std::function<std::string(const arrow::Status &)> explain;
};

namespace carrow {

inline char *copied(const std::string &text) {
    char *copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy) std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

inline void fail(char **error, const std::string &text) { *error = copied(text); }

// Runs a body that gives an arrow::Result of a new handle; an error or exception becomes null and a text.
template <typename Body> auto guarded(char **error, Body &&body) noexcept -> decltype(body().ValueOrDie()) {
    *error = nullptr;
    try {
        auto result = body();
        if (result.ok()) return result.MoveValueUnsafe();
        fail(error, result.status().message());
    } catch (const std::bad_alloc &) {
        fail(error, "there is not enough memory");
    } catch (const std::exception &exception) {
        fail(error, exception.what());
    } catch (...) {
        fail(error, "an unknown failure");
    }
    return {};
}

using ColumnResult = arrow::Result<carrow_column>;
using TableResult = arrow::Result<carrow_table>;
using StreamResult = arrow::Result<carrow_stream>;

inline carrow_table handle(std::shared_ptr<arrow::Table> table) { return new carrow_table_s{std::move(table)}; }

// A datum in the form that handles hold: arrays become chunked.
arrow::Result<carrow_column> handle(arrow::Datum datum);

inline const std::shared_ptr<arrow::ChunkedArray> &chunked(carrow_column column) {
    return column->value.chunked_array();
}

inline std::vector<std::string> strings(const char *const *items, int32_t count) {
    return std::vector<std::string>(items, items + count);
}

int32_t kind_of(const arrow::DataType &type);
std::shared_ptr<arrow::DataType> type_of(int32_t kind);

// The column with values instead of indices into a dictionary.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> decoded(std::shared_ptr<arrow::ChunkedArray> column);
// The column with one dictionary for all chunks and the narrowest indices; as it is where it has no dictionary.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> unified(std::shared_ptr<arrow::ChunkedArray> column);
// The table that a reader leaves: dictionaries unified, columns of nothing as numbers, times in microseconds.
arrow::Result<std::shared_ptr<arrow::Table>> tidied(std::shared_ptr<arrow::Table> table);
// A column without NaN, whose texts are composed (NFC) and, if asked, without blanks at their ends.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> in_one_form(
    std::shared_ptr<arrow::ChunkedArray> column, bool trims);
// A name in the composed form.
std::string composed(const std::string &text);
// The same of what a kernel has computed, whose texts are in that form already.
arrow::Result<arrow::Datum> in_one_form(arrow::Datum datum);
// Compute kernels register themselves once.
arrow::Status initialize();

} // namespace carrow
