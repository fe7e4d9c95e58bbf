// Parquet and Arrow files, whole or in batches, and what all streams of batches share.
#include "carrow_internal.h"

#include <arrow/io/file.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

using namespace carrow;

namespace {

// A reader that keeps what it reads from.
template <typename Source> class OwningReader : public arrow::RecordBatchReader {
  public:
    OwningReader(std::shared_ptr<Source> source, std::shared_ptr<arrow::RecordBatchReader> reader)
        : source_(std::move(source)), reader_(std::move(reader)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override { return reader_->ReadNext(batch); }

  private:
    std::shared_ptr<Source> source_;
    std::shared_ptr<arrow::RecordBatchReader> reader_;
};

// The batches of an Arrow file, one after the other.
class FileBatches : public arrow::RecordBatchReader {
  public:
    explicit FileBatches(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file) : file_(std::move(file)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch> *batch) override {
        batch->reset();
        if (next_ == file_->num_record_batches()) return arrow::Status::OK();
        ARROW_RETURN_NOT_OK(file_->ReadRecordBatch(next_++).Value(batch));
        // A damaged file may name places behind its memory, which nobody looks at again.
        return (*batch)->ValidateFull();
    }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
    int next_ = 0;
};

arrow::Result<std::shared_ptr<parquet::arrow::FileReader>> open_parquet(const char *path, bool is_threaded) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    parquet::ArrowReaderProperties properties;
    properties.set_use_threads(is_threaded);
    properties.set_batch_size(1 << 16);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(file));
    builder.properties(properties);
    std::unique_ptr<parquet::arrow::FileReader> reader;
    ARROW_RETURN_NOT_OK(builder.Build(&reader));
    return std::shared_ptr<parquet::arrow::FileReader>(std::move(reader));
}

// The places of columns by name; all where no names are given.
arrow::Result<std::vector<int>> places(
    parquet::arrow::FileReader &reader, const char *const *columns, int32_t count) {
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(reader.GetSchema(&schema));
    std::vector<int> found;
    for (const auto &name : count ? strings(columns, count) : schema->field_names()) {
        int place = schema->GetFieldIndex(name);
        if (place < 0) {
            std::string known;
            for (const auto &field : schema->fields()) known += (known.empty() ? "" : ", ") + field->name();
            return arrow::Status::Invalid("there is no column \"", name, "\"; the columns are ", known);
        }
        // Nested columns have several leaves; those of a table of rows have one.
        if (schema->field(place)->type()->num_fields() > 0 &&
            schema->field(place)->type()->id() != arrow::Type::DICTIONARY) {
            return arrow::Status::Invalid(
                "the column \"", name, "\" is nested (", schema->field(place)->type()->ToString(),
                "); name the other columns with columns:");
        }
        found.push_back(reader.parquet_reader()->metadata()->schema()->ColumnIndex(name));
    }
    return found;
}

} // namespace

carrow_table carrow_read_parquet(const char *path, const char *const *columns, int32_t count, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_ASSIGN_OR_RAISE(auto reader, open_parquet(path, true));
        ARROW_ASSIGN_OR_RAISE(auto chosen, places(*reader, columns, count));
        ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadTable(chosen));
        ARROW_ASSIGN_OR_RAISE(auto tidy, tidied(table));
        return handle(tidy);
    });
}

carrow_stream carrow_stream_parquet(const char *path, const char *const *columns, int32_t count, char **error) {
    return guarded(error, [&]() -> StreamResult {
        ARROW_ASSIGN_OR_RAISE(auto reader, open_parquet(path, false));
        ARROW_ASSIGN_OR_RAISE(auto chosen, places(*reader, columns, count));
        std::vector<int> groups;
        for (int group = 0; group < reader->num_row_groups(); ++group) groups.push_back(group);
        ARROW_ASSIGN_OR_RAISE(
            std::shared_ptr<arrow::RecordBatchReader> batches, reader->GetRecordBatchReader(groups, chosen));
        return new carrow_stream_s{
            std::make_shared<OwningReader<parquet::arrow::FileReader>>(reader, batches), nullptr};
    });
}

bool carrow_write_parquet(carrow_table table, const char *path, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
        parquet::WriterProperties::Builder properties;
        properties.compression(arrow::Compression::SNAPPY);
        // Arrow's own schema goes along, so that dictionaries and dates come back as they were.
        auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
        ARROW_RETURN_NOT_OK(parquet::arrow::WriteTable(
            *table->value, arrow::default_memory_pool(), file, 1 << 20, properties.build(), arrow_properties));
        ARROW_RETURN_NOT_OK(file->Close());
        return true;
    });
}

carrow_stream carrow_stream_arrow(const char *path, char **error) {
    return guarded(error, [&]() -> StreamResult {
        ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
        ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
        return new carrow_stream_s{std::make_shared<FileBatches>(reader), nullptr};
    });
}

carrow_table carrow_read_arrow(const char *path, char **error) {
    auto stream = carrow_stream_arrow(path, error);
    if (!stream) return nullptr;
    auto table = carrow_stream_rest(stream, error);
    carrow_stream_release(stream);
    return table;
}

bool carrow_write_arrow(carrow_table table, const char *path, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
        auto options = arrow::ipc::IpcWriteOptions::Defaults();
        // A file holds one dictionary for each column.
        options.unify_dictionaries = true;
        ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(file, table->value->schema(), options));
        ARROW_RETURN_NOT_OK(writer->WriteTable(*table->value));
        ARROW_RETURN_NOT_OK(writer->Close());
        ARROW_RETURN_NOT_OK(file->Close());
        return true;
    });
}

void carrow_stream_release(carrow_stream stream) { delete stream; }

static arrow::Status told(carrow_stream stream, const arrow::Status &status) {
    return stream->explain ? arrow::Status::Invalid(stream->explain(status)) : status;
}

carrow_table carrow_stream_next(carrow_stream stream, char **error) {
    return guarded(error, [&]() -> TableResult {
        std::shared_ptr<arrow::RecordBatch> batch;
        // A batch of no rows tells nothing, and would look like an end to nobody.
        do {
            auto status = stream->value->ReadNext(&batch);
            if (!status.ok()) return told(stream, status);
        } while (batch && batch->num_rows() == 0);
        if (!batch) return static_cast<carrow_table>(nullptr);
        ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches({batch}));
        ARROW_ASSIGN_OR_RAISE(auto tidy, tidied(table));
        return handle(tidy);
    });
}

carrow_table carrow_stream_rest(carrow_stream stream, char **error) {
    return guarded(error, [&]() -> TableResult {
        auto table = stream->value->ToTable();
        if (!table.ok()) return told(stream, table.status());
        ARROW_ASSIGN_OR_RAISE(auto tidy, tidied(*table));
        return handle(tidy);
    });
}
