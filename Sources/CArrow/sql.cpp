// Query results of SQLite and PostgreSQL as batches of columns.
#include "carrow_internal.h"

#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>

#include <libpq-fe.h>
#include <sqlite3.h>

#include <limits>

namespace cp = arrow::compute;
using namespace carrow;

namespace {

// A column that grows by values whose kind is known one by one: integers become numbers, and those texts, as soon as a
// value asks for it.
class GrowingColumn {
  public:
    arrow::Status append_missing() {
        if (!builder_) {
            ++leading_;
            return arrow::Status::OK();
        }
        return builder_->AppendNull();
    }
    arrow::Status append(int64_t value) {
        ARROW_RETURN_NOT_OK(need(CARROW_INTEGER));
        if (kind_ == CARROW_INTEGER) return static_cast<arrow::Int64Builder &>(*builder_).Append(value);
        if (kind_ == CARROW_NUMBER) return static_cast<arrow::DoubleBuilder &>(*builder_).Append(double(value));
        return append_text(std::to_string(value));
    }
    arrow::Status append(double value) {
        ARROW_RETURN_NOT_OK(need(CARROW_NUMBER));
        if (kind_ == CARROW_NUMBER) return static_cast<arrow::DoubleBuilder &>(*builder_).Append(value);
        return append_text(arrow::MakeScalar(value)->ToString());
    }
    arrow::Status append_text(std::string_view value) {
        ARROW_RETURN_NOT_OK(need(CARROW_TEXT));
        return static_cast<arrow::StringBuilder &>(*builder_).Append(value);
    }
    // The kind that a first part had; what doesn't fit it is refused from then on.
    void fix(int32_t kind) { fixed_ = kind; }

    arrow::Result<std::shared_ptr<arrow::Array>> finish() {
        if (!builder_) ARROW_RETURN_NOT_OK(need(fixed_ ? fixed_ : CARROW_NUMBER));
        ARROW_ASSIGN_OR_RAISE(auto array, builder_->Finish());
        builder_.reset();
        kind_ = leading_ = 0;
        return array;
    }

  private:
    arrow::Status need(int32_t kind) {
        if (fixed_ && kind > fixed_) {
            return arrow::Status::Invalid(
                kind == CARROW_TEXT ? "a text where the first rows have numbers"
                                    : "a number with a fraction where the first rows have whole numbers");
        }
        if (fixed_) kind = fixed_;
        if (builder_ && kind_ >= kind) return arrow::Status::OK();
        std::shared_ptr<arrow::Array> before;
        if (builder_) {
            ARROW_ASSIGN_OR_RAISE(before, builder_->Finish());
            ARROW_ASSIGN_OR_RAISE(before, cast(before, kind));
        }
        ARROW_ASSIGN_OR_RAISE(builder_, arrow::MakeBuilder(type_of(kind)));
        kind_ = kind;
        if (before) return builder_->AppendArraySlice(arrow::ArraySpan(*before->data()), 0, before->length());
        ARROW_RETURN_NOT_OK(builder_->AppendNulls(leading_));
        leading_ = 0;
        return arrow::Status::OK();
    }
    static arrow::Result<std::shared_ptr<arrow::Array>> cast(const std::shared_ptr<arrow::Array> &array, int32_t kind) {
        ARROW_RETURN_NOT_OK(initialize());
        return cp::Cast(*array, type_of(kind), cp::CastOptions::Unsafe());
    }

    std::unique_ptr<arrow::ArrayBuilder> builder_;
    int64_t leading_ = 0;
    int32_t kind_ = 0, fixed_ = 0;
};

// What both databases share: rows go into growing columns, batch by batch; the first batch's kinds are
// those of all.
class RowReader : public arrow::RecordBatchReader {
  public:
    std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
        *batch = std::move(first_);
        first_.reset();
        if (*batch || is_done_) return arrow::Status::OK();
        return read(batch);
    }

    arrow::Status start() {
        ARROW_RETURN_NOT_OK(read(&first_));
        schema_ = first_->schema();
        return arrow::Status::OK();
    }

  protected:
    explicit RowReader(int64_t batch_rows) : batch_rows_(batch_rows ? batch_rows : std::numeric_limits<int64_t>::max()) {}

    // Puts the next row into the columns; false at the end.
    virtual arrow::Result<bool> append_row() = 0;
    // The values of a column of a batch.
    virtual arrow::Result<std::shared_ptr<arrow::Array>> finished(int place) { return columns_[place].finish(); }

    arrow::Status in_column(int place, arrow::Status status) const {
        if (status.ok()) return status;
        return arrow::Status::Invalid(
            "row ", row_ + 1, ", column \"", names_[place], "\": ", status.message());
    }

    std::vector<std::string> names_;
    std::vector<GrowingColumn> columns_;

  private:
    arrow::Status read(std::shared_ptr<arrow::RecordBatch> *batch) {
        int64_t rows = 0;
        for (; rows < batch_rows_; ++rows, ++row_) {
            ARROW_ASSIGN_OR_RAISE(bool has_row, append_row());
            if (!has_row) {
                is_done_ = true;
                break;
            }
        }
        batch->reset();
        if (rows == 0 && schema_) return arrow::Status::OK();
        arrow::ArrayVector arrays;
        arrow::FieldVector fields;
        for (size_t place = 0; place < columns_.size(); ++place) {
            ARROW_ASSIGN_OR_RAISE(auto array, finished(static_cast<int>(place)));
            fields.push_back(arrow::field(names_[place], array->type()));
            arrays.push_back(array);
        }
        *batch = arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
        return arrow::Status::OK();
    }

    std::shared_ptr<arrow::Schema> schema_;
    std::shared_ptr<arrow::RecordBatch> first_;
    int64_t batch_rows_, row_ = 0;
    bool is_done_ = false;
};

class SQLiteReader : public RowReader {
  public:
    explicit SQLiteReader(int64_t batch_rows) : RowReader(batch_rows) {}
    ~SQLiteReader() override {
        sqlite3_finalize(statement_);
        sqlite3_close(database_);
    }

    arrow::Status open(const char *path, const char *query, const std::vector<std::string> &parameters) {
        if (sqlite3_open_v2(path, &database_, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) return failure();
        if (sqlite3_prepare_v2(database_, query, -1, &statement_, nullptr) != SQLITE_OK) return failure();
        if (!statement_) return arrow::Status::Invalid("the query is empty");
        int wanted = sqlite3_bind_parameter_count(statement_);
        if (wanted != static_cast<int>(parameters.size())) {
            return arrow::Status::Invalid("the query has ", wanted, " parameters, ", parameters.size(), " were given");
        }
        for (int place = 0; place < wanted; ++place) {
            sqlite3_bind_text(statement_, place + 1, parameters[place].c_str(), -1, SQLITE_TRANSIENT);
        }
        int count = sqlite3_column_count(statement_);
        if (count == 0) return arrow::Status::Invalid("the statement gives no columns; a query was expected");
        for (int place = 0; place < count; ++place) names_.push_back(sqlite3_column_name(statement_, place));
        columns_ = std::vector<GrowingColumn>(count);
        ARROW_RETURN_NOT_OK(start());
        for (int place = 0; place < count; ++place) columns_[place].fix(kind_of(*schema()->field(place)->type()));
        return arrow::Status::OK();
    }

  protected:
    arrow::Result<bool> append_row() override {
        int step = sqlite3_step(statement_);
        if (step == SQLITE_DONE) return false;
        if (step != SQLITE_ROW) return failure();
        for (size_t place = 0; place < columns_.size(); ++place) {
            ARROW_RETURN_NOT_OK(in_column(static_cast<int>(place), append(static_cast<int>(place))));
        }
        return true;
    }

  private:
    arrow::Status append(int place) {
        switch (sqlite3_column_type(statement_, place)) {
        case SQLITE_NULL: return columns_[place].append_missing();
        case SQLITE_INTEGER: return columns_[place].append(int64_t(sqlite3_column_int64(statement_, place)));
        case SQLITE_FLOAT: return columns_[place].append(sqlite3_column_double(statement_, place));
        case SQLITE_TEXT: {
            auto text = reinterpret_cast<const char *>(sqlite3_column_text(statement_, place));
            return columns_[place].append_text({text, size_t(sqlite3_column_bytes(statement_, place))});
        }
        default: return arrow::Status::Invalid("a blob is no value of a table; select other columns");
        }
    }
    arrow::Status failure() const { return arrow::Status::Invalid(sqlite3_errmsg(database_)); }

    sqlite3 *database_ = nullptr;
    sqlite3_stmt *statement_ = nullptr;
};

class PostgresReader : public RowReader {
  public:
    explicit PostgresReader(int64_t batch_rows) : RowReader(batch_rows) {}
    ~PostgresReader() override {
        PQclear(result_);
        PQfinish(connection_);
    }

    arrow::Status open(const char *connection, const char *query, const std::vector<std::string> &parameters) {
        connection_ = PQconnectdb(connection);
        if (PQstatus(connection_) != CONNECTION_OK) return failure();
        PQsetClientEncoding(connection_, "UTF8");
        PQclear(PQexec(connection_, "SET timezone TO 'UTC'; SET datestyle TO 'ISO'"));
        std::vector<const char *> values;
        for (const auto &parameter : parameters) values.push_back(parameter.c_str());
        int count = static_cast<int>(values.size());
        if (!PQsendQueryParams(connection_, query, count, nullptr, values.data(), nullptr, nullptr, 0)) return failure();
        // Rows come one by one, so that the whole result is never in the client's memory.
        PQsetSingleRowMode(connection_);
        ARROW_RETURN_NOT_OK(fetch());
        if (!result_) return arrow::Status::Invalid("the statement gives no columns; a query was expected");
        for (int place = 0; place < PQnfields(result_); ++place) {
            names_.push_back(PQfname(result_, place));
            kinds_.push_back(kind_of_oid(PQftype(result_, place)));
            zoned_.push_back(PQftype(result_, place) == 1184);
        }
        if (names_.empty()) return arrow::Status::Invalid("the statement gives no columns; a query was expected");
        columns_ = std::vector<GrowingColumn>(names_.size());
        return start();
    }

  protected:
    arrow::Result<bool> append_row() override {
        if (!result_) ARROW_RETURN_NOT_OK(fetch());
        if (!result_ || PQntuples(result_) == 0) return false;
        for (int place = 0; place < PQnfields(result_); ++place) {
            auto status = PQgetisnull(result_, 0, place)
                              ? columns_[place].append_missing()
                              : columns_[place].append_text(
                                    {PQgetvalue(result_, 0, place), size_t(PQgetlength(result_, 0, place))});
            ARROW_RETURN_NOT_OK(in_column(place, status));
        }
        PQclear(result_);
        result_ = nullptr;
        return true;
    }

    // Values come as texts; Arrow parses them.
    arrow::Result<std::shared_ptr<arrow::Array>> finished(int place) override {
        columns_[place].fix(CARROW_TEXT);
        ARROW_ASSIGN_OR_RAISE(auto texts, columns_[place].finish());
        if (kinds_[place] == CARROW_TEXT) return texts;
        ARROW_RETURN_NOT_OK(initialize());
        if (kinds_[place] == CARROW_BOOLEAN) {
            arrow::Datum letter(std::make_shared<arrow::StringScalar>("t"));
            ARROW_ASSIGN_OR_RAISE(auto result, cp::CallFunction("equal", {arrow::Datum(texts), letter}));
            return result.make_array();
        }
        // Times with a zone are given in that of the session, which is UTC.
        bool has_zone = zoned_[place] && kinds_[place] == CARROW_TIME;
        auto type = has_zone ? arrow::timestamp(arrow::TimeUnit::MICRO, "UTC") : type_of(kinds_[place]);
        auto result = cp::Cast(*texts, type, cp::CastOptions::Safe());
        if (!result.ok()) return in_column(place, result.status());
        return result;
    }

  private:
    arrow::Status fetch() {
        result_ = PQgetResult(connection_);
        if (!result_) return arrow::Status::OK();
        auto status = PQresultStatus(result_);
        if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            return arrow::Status::OK();
        }
        return failure();
    }
    arrow::Status failure() const {
        std::string text = PQerrorMessage(connection_);
        while (!text.empty() && text.back() == '\n') text.pop_back();
        return arrow::Status::Invalid(text);
    }
    // The kinds of PostgreSQL's own types, by their fixed numbers.
    static int32_t kind_of_oid(Oid oid) {
        switch (oid) {
        case 16: return CARROW_BOOLEAN;
        case 20: case 21: case 23: return CARROW_INTEGER;
        case 700: case 701: case 1700: return CARROW_NUMBER;
        case 1082: return CARROW_DATE;
        case 1114: case 1184: return CARROW_TIME;
        default: return CARROW_TEXT;
        }
    }

    PGconn *connection_ = nullptr;
    PGresult *result_ = nullptr;
    std::vector<int32_t> kinds_;
    std::vector<bool> zoned_;
};

template <typename Reader>
carrow_stream query(
    const char *source, const char *query, const char *const *parameters, int32_t count, int64_t batch_rows,
    char **error) {
    return guarded(error, [&]() -> StreamResult {
        auto reader = std::make_shared<Reader>(batch_rows);
        ARROW_RETURN_NOT_OK(reader->open(source, query, strings(parameters, count)));
        return new carrow_stream_s{reader, nullptr};
    });
}

} // namespace

carrow_stream carrow_stream_sqlite(
    const char *path, const char *text, const char *const *parameters, int32_t count, int64_t batch_rows,
    char **error) {
    return query<SQLiteReader>(path, text, parameters, count, batch_rows, error);
}

carrow_stream carrow_stream_postgres(
    const char *connection, const char *text, const char *const *parameters, int32_t count, int64_t batch_rows,
    char **error) {
    return query<PostgresReader>(connection, text, parameters, count, batch_rows, error);
}
