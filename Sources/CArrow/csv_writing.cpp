// CSV written part by part.
#include "carrow_internal.h"

#include <arrow/compute/cast.h>
#include <arrow/csv/writer.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>

#include <unistd.h>

using namespace carrow;

struct carrow_csv_writer_s {
    arrow::csv::WriteOptions options = arrow::csv::WriteOptions::Defaults();
    std::shared_ptr<arrow::io::FileOutputStream> file;
    std::shared_ptr<arrow::ipc::RecordBatchWriter> writer;
    bool has_header = false;

    // A table of one column. Arrow writes its missing values as lines of nothing, which readers take for no rows.
    arrow::Status add_column(const arrow::Table &table) {
        std::string text;
        auto add_quoted = [&](std::string_view value) {
            text += '"';
            for (char letter : value) text.append(letter == '"' ? 2 : 1, letter);
            text += '"';
        };
        if (!has_header) {
            add_quoted(table.field(0)->name());
            text += '\n';
        }
        has_header = true;
        bool is_text = table.field(0)->type()->id() == arrow::Type::STRING;
        ARROW_ASSIGN_OR_RAISE(
            auto values, arrow::compute::Cast(arrow::Datum(table.column(0)), arrow::large_utf8()));
        for (const auto &chunk : values.chunked_array()->chunks()) {
            const auto &texts = static_cast<const arrow::LargeStringArray &>(*chunk);
            for (int64_t row = 0; row < texts.length(); ++row) {
                if (is_text || texts.IsNull(row)) add_quoted(texts.IsNull(row) ? "" : texts.GetView(row));
                else text += texts.GetView(row);
                text += '\n';
            }
        }
        return file->Write(text);
    }
};

void carrow_csv_writer_release(carrow_csv_writer writer) { delete writer; }

carrow_csv_writer carrow_csv_writer_open(const char *path, char delimiter, const char *missing, char **error) {
    return guarded(error, [&]() -> arrow::Result<carrow_csv_writer> {
        ARROW_RETURN_NOT_OK(initialize());
        auto made = std::make_unique<carrow_csv_writer_s>();
        made->options.delimiter = delimiter;
        made->options.null_string = missing;
        made->options.batch_size = 1 << 16;
        // The stream closes its descriptor, and the program needs its output after that.
        auto file = path ? arrow::io::FileOutputStream::Open(path)
                         : arrow::io::FileOutputStream::Open(dup(STDOUT_FILENO));
        ARROW_ASSIGN_OR_RAISE(made->file, file);
        return made.release();
    });
}

bool carrow_csv_writer_add(carrow_csv_writer writer, carrow_table table, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        auto plain = table->value;
        for (int place = 0; place < plain->num_columns(); ++place) {
            ARROW_ASSIGN_OR_RAISE(auto column, decoded(plain->column(place)));
            auto field = arrow::field(plain->field(place)->name(), column->type());
            ARROW_ASSIGN_OR_RAISE(plain, plain->SetColumn(place, field, column));
        }
        if (plain->num_columns() == 1 && writer->options.null_string.empty()) {
            ARROW_RETURN_NOT_OK(writer->add_column(*plain));
            return true;
        }
        if (!writer->writer) {
            ARROW_ASSIGN_OR_RAISE(
                writer->writer, arrow::csv::MakeCSVWriter(writer->file.get(), plain->schema(), writer->options));
        }
        ARROW_RETURN_NOT_OK(writer->writer->WriteTable(*plain));
        return true;
    });
}

bool carrow_csv_writer_close(carrow_csv_writer writer, char **error) {
    return guarded(error, [&]() -> arrow::Result<bool> {
        if (writer->writer) ARROW_RETURN_NOT_OK(writer->writer->Close());
        ARROW_RETURN_NOT_OK(writer->file->Close());
        return true;
    });
}
