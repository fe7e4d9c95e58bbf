// What Swift needs of Arrow C++: columns, tables, the compute kernels by name, and readers and writers of files.
#ifndef CARROW_H
#define CARROW_H
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Arrow's C data interface: how the memory of an array crosses without a copy.
// https://arrow.apache.org/docs/format/CDataInterface.html
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

// A column (a chunked array) or a single value, owned by the caller. Values never change.
typedef struct carrow_column_s *carrow_column;
// A table, owned by the caller. Tables never change.
typedef struct carrow_table_s *carrow_table;
// A source of tables of one schema, one batch after the other; not for two threads at once.
typedef struct carrow_stream_s *carrow_stream;
// A CSV file that is being written.
typedef struct carrow_csv_writer_s *carrow_csv_writer;

// A function that fails returns null (false, -1) and sets `error` to a text that the caller frees with carrow_free.
void carrow_free(void *memory);
void carrow_column_release(carrow_column column);
void carrow_table_release(carrow_table table);
void carrow_stream_release(carrow_stream stream);

// The kinds of column. Narrower and wider numbers of a kind count as that kind.
enum {
    CARROW_OTHER = 0,
    CARROW_BOOLEAN = 1,
    CARROW_INTEGER = 2,  // int64 where a column is made
    CARROW_NUMBER = 3,   // float64
    CARROW_TEXT = 4,     // UTF-8, perhaps as indices into a dictionary
    CARROW_DATE = 5,     // days since 1970
    CARROW_TIME = 6,     // microseconds since 1970, UTC
    CARROW_FLOAT = 7,    // float32, for casts only
    CARROW_INDEX = 8,    // int32, for casts only
};

// Columns.
int64_t carrow_column_length(carrow_column column);
int64_t carrow_column_null_count(carrow_column column);
int64_t carrow_column_byte_count(carrow_column column);
int32_t carrow_column_kind(carrow_column column);
// Arrow's name of the type; freed with carrow_free.
char *carrow_column_type_name(carrow_column column);
// Columns from memory; `valid` has a byte for each value, or is null where none is missing. Texts are `bytes` cut at
// the count + 1 `offsets`.
carrow_column carrow_column_of_booleans(const uint8_t *values, const uint8_t *valid, int64_t count, char **error);
carrow_column carrow_column_of_integers(
    int32_t kind, const int64_t *values, const uint8_t *valid, int64_t count, char **error);
carrow_column carrow_column_of_numbers(const double *values, const uint8_t *valid, int64_t count, char **error);
carrow_column carrow_column_of_texts(
    const char *bytes, const int64_t *offsets, const uint8_t *valid, int64_t count, char **error);
// The first value of a column as a single value, which functions spread over the other columns.
carrow_column carrow_scalar(carrow_column column, char **error);
int32_t carrow_column_chunk_count(carrow_column column);
// The memory of a chunk; released by `out->release`.
bool carrow_column_export(carrow_column column, int32_t chunk, struct ArrowArray *out, char **error);

// An Arrow compute function of columns and single values, by name, with its default options. A single result comes as a
// column of one value.
carrow_column carrow_call(const char *function, const carrow_column *arguments, int32_t count, char **error);
// A column of another kind. The error names the first value that doesn't fit, and its row from 0.
carrow_column carrow_cast(carrow_column column, int32_t kind, char **error);
// The column with texts in Unicode's composed form and without blanks at their ends, and without NaN.
carrow_column carrow_tidy(carrow_column column, char **error);
// The column with the narrowest numbers and dictionary indices that hold its values.
carrow_column carrow_shrink(carrow_column column, char **error);
// The value below which a part of the values lies, interpolated.
carrow_column carrow_quantile(carrow_column column, const double *parts, int32_t count, char **error);
// The standard deviation; `ddof` is subtracted from the number of values.
carrow_column carrow_deviation(carrow_column column, int32_t ddof, char **error);
// The most frequent value, the smallest of several.
carrow_column carrow_mode(carrow_column column, char **error);
// The place of each value in `values`, int32; missing where it is not among them.
carrow_column carrow_index_in(carrow_column column, carrow_column values, char **error);
// Times from texts by a format of strptime.
carrow_column carrow_parse_times(carrow_column column, const char *format, char **error);
carrow_column carrow_concatenate(const carrow_column *columns, int32_t count, char **error);
carrow_column carrow_slice(carrow_column column, int64_t start, int64_t length, char **error);

// Columns as a network sees them. `rows` has a byte for each row: 1 for those to look at.
// The number of entries of the one dictionary that all chunks have; -1 where there is none.
int32_t carrow_column_dictionary_count(carrow_column column);
carrow_column carrow_column_dictionary(carrow_column column, char **error);
// Writes `codes[index]` of some rows, 0 where the value is missing, as whole numbers of 1, 2, 4 or 8 bytes, each `stride`
// numbers behind the last. The column has a dictionary, or holds indices itself.
bool carrow_column_codes(
    carrow_column column, const int32_t *codes, int64_t start, int64_t length, void *out, int32_t width, int64_t stride,
    char **error);
// Sets the bytes of those entries of the dictionary that occur in the rows.
bool carrow_column_used(carrow_column column, const uint8_t *rows, uint8_t *used, char **error);
// Whether the two functions below take the column.
bool carrow_column_is_plain_numbers(carrow_column column);
// Writes (value - mean) / deviation of some rows, 0 for a deviation of 0, with `fill` for a missing or NaN value, and
// counts those. `wrong` becomes the first row whose value or result is infinite; it stays as it is where there is none.
bool carrow_column_numbers(
    carrow_column column, double fill, double mean, double deviation, int64_t start, int64_t length, float *out,
    int64_t stride, int64_t *missing, int64_t *wrong, char **error);
// What is known of the values that are neither missing nor NaN; the deviation is divided by the count.
typedef struct {
    int64_t count;
    int64_t missing;
    double mean;
    double deviation;
    double least;
    double largest;
} carrow_statistics;
bool carrow_column_statistics(carrow_column column, const uint8_t *rows, carrow_statistics *out, char **error);
// The first row whose size is beyond a limit; -1 where there is none. No rows means all.
int64_t carrow_column_first_beyond(carrow_column column, const uint8_t *rows, double limit, char **error);

// Tables.
carrow_table carrow_table_make(
    const char *const *names, const carrow_column *columns, int32_t count, char **error);
int64_t carrow_table_rows(carrow_table table);
int32_t carrow_table_columns(carrow_table table);
char *carrow_table_column_name(carrow_table table, int32_t column);
carrow_column carrow_table_column(carrow_table table, int32_t column, char **error);
carrow_table carrow_table_slice(carrow_table table, int64_t start, int64_t length, char **error);
// The rows at int64 places.
carrow_table carrow_table_take(carrow_table table, carrow_column rows, char **error);
// The rows where a boolean column is true.
carrow_table carrow_table_filter(carrow_table table, carrow_column mask, char **error);
// Stable; missing values come last.
carrow_table carrow_table_sort(
    carrow_table table, const char *const *keys, const bool *descending, int32_t count, char **error);
// Columns are matched by name; where a table lacks one, its values are missing.
carrow_table carrow_table_concatenate(const carrow_table *tables, int32_t count, char **error);
// The pairs of row numbers "left" and "right" (missing for no partner) whose keys are equal, in the order of the left
// table and then of the right. kind: 0 inner, 1 left, 2 right, 3 full.
carrow_table carrow_table_join(
    carrow_table left, carrow_table right, const char *const *left_keys, const char *const *right_keys, int32_t count,
    int32_t kind, char **error);
// A row for each combination of keys, in the order of first appearance, and columns of the results of aggregations
// ("sum", "mean", "count_all", ...) named after `names`.
carrow_table carrow_table_group(
    carrow_table table, const char *const *keys, int32_t key_count, const char *const *functions,
    const char *const *columns, const char *const *names, int32_t count, char **error);

// Files. Streams read a bounded part at a time.
typedef struct {
    char delimiter;
    char quote;                  // 0 for none
    bool has_header;
    bool trims_leading_spaces;   // at both ends of a field, also around quotation marks
    char decimal_point;
    bool is_threaded;
    const char *encoding;        // iconv's name; null for UTF-8
    int32_t skipped_rows;        // before the header
    const char *const *names;    // instead of a header
    int32_t name_count;
    const char *const *missing;  // texts that stand for a missing value
    int32_t missing_count;
    const char *const *columns;  // those to read; all when there are none
    int32_t column_count;
    const char *const *typed;    // columns whose kind is given
    const int32_t *kinds;
    int32_t typed_count;
} carrow_csv_options;

carrow_table carrow_read_csv(const char *path, const carrow_csv_options *options, char **error);
carrow_stream carrow_stream_csv(const char *path, const carrow_csv_options *options, char **error);
// Writes parts of one schema, with a header before the first; no path means standard output.
carrow_csv_writer carrow_csv_writer_open(const char *path, char delimiter, const char *missing, char **error);
bool carrow_csv_writer_add(carrow_csv_writer writer, carrow_table table, char **error);
bool carrow_csv_writer_close(carrow_csv_writer writer, char **error);
void carrow_csv_writer_release(carrow_csv_writer writer);
carrow_table carrow_read_parquet(
    const char *path, const char *const *columns, int32_t count, char **error);
carrow_stream carrow_stream_parquet(const char *path, const char *const *columns, int32_t count, char **error);
bool carrow_write_parquet(carrow_table table, const char *path, char **error);
// Arrow's own file format, which Feather is.
carrow_table carrow_read_arrow(const char *path, char **error);
carrow_stream carrow_stream_arrow(const char *path, char **error);
bool carrow_write_arrow(carrow_table table, const char *path, char **error);
// The result of a query; batch_rows limits a batch, 0 for one batch of all. Parameters are texts.
carrow_stream carrow_stream_sqlite(
    const char *path, const char *query, const char *const *parameters, int32_t count, int64_t batch_rows, char **error);
carrow_stream carrow_stream_postgres(
    const char *connection, const char *query, const char *const *parameters, int32_t count, int64_t batch_rows,
    char **error);
// The next batch; null without an error at the end.
carrow_table carrow_stream_next(carrow_stream stream, char **error);
// All that is left.
carrow_table carrow_stream_rest(carrow_stream stream, char **error);

#ifdef __cplusplus
}
#endif
#endif
