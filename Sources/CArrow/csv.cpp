// CSV read whole or in parts, with sentences about what does not fit.
#include "carrow_internal.h"
#include "csv_input.h"
#include "csv_names.h"

#include <arrow/csv/api.h>
#include <arrow/io/file.h>

#include <filesystem>
#include <regex>

namespace csv = arrow::csv;
using namespace carrow;

namespace {

struct Settings {
    csv::ReadOptions read = csv::ReadOptions::Defaults();
    csv::ParseOptions parse = csv::ParseOptions::Defaults();
    csv::ConvertOptions convert = csv::ConvertOptions::Defaults();

    explicit Settings(const carrow_csv_options &options) {
        read.use_threads = options.is_threaded;
        read.skip_rows = options.skipped_rows;
        read.column_names = strings(options.names, options.name_count);
        if (options.has_header && options.name_count > 0) read.skip_rows += 1;
        read.autogenerate_column_names = !options.has_header && options.name_count == 0;
        parse.delimiter = options.delimiter;
        parse.quoting = options.quote != 0;
        if (options.quote) parse.quote_char = options.quote;
        parse.newlines_in_values = parse.quoting;
        convert.decimal_point = options.decimal_point;
        convert.null_values = strings(options.missing, options.missing_count);
        convert.strings_can_be_null = true;
        convert.auto_dict_encode = true;
        convert.auto_dict_max_cardinality = 10000;
        convert.include_columns = strings(options.columns, options.column_count);
        for (int32_t place = 0; place < options.typed_count; ++place) {
            convert.column_types[options.typed[place]] = type_of(options.kinds[place]);
        }
    }
};

// The file's own names and places of columns, read from its first rows.
arrow::Result<std::vector<std::string>> names_of(const char *path, const carrow_csv_options &options) {
    Settings settings(options);
    settings.convert.include_columns.clear();
    settings.convert.column_types.clear();
    settings.convert.default_column_type = arrow::binary();
    settings.read.use_threads = false;
    ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, options));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, csv::StreamingReader::Make(
                         arrow::io::default_io_context(), stream, settings.read, settings.parse, settings.convert));
    return reader->schema()->field_names();
}

// The row from 0 of the first value in a column for which `is_bad` holds; -1 when there is none.
arrow::Result<int64_t> find_row(
    const char *path, const carrow_csv_options &options, const std::string &column,
    const std::function<bool(std::string_view)> &is_bad) {
    Settings settings(options);
    settings.convert.include_columns = {column};
    settings.convert.column_types = {{column, arrow::binary()}};
    settings.convert.null_values = {};
    settings.read.use_threads = false;
    ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, options));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, csv::StreamingReader::Make(
                         arrow::io::default_io_context(), stream, settings.read, settings.parse, settings.convert));
    int64_t row = 0;
    while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
        if (!batch) return -1;
        const auto &values = static_cast<const arrow::BinaryArray &>(*batch->column(0));
        for (int64_t place = 0; place < values.length(); ++place, ++row) {
            if (is_bad(values.GetView(place))) return row;
        }
    }
}

// The line from 1 in which a row of the file begins, where the rows of all lines are counted from 0, the header too.
// Lines of nothing are no rows, and a quoted text may have several lines.
arrow::Result<int64_t> line_of(const char *path, const carrow_csv_options &options, int64_t row) {
    ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, options));
    int64_t line = 1, rows = 0;
    bool is_quoted = false, is_empty = true;
    char last = 0;
    while (true) {
        ARROW_ASSIGN_OR_RAISE(auto part, stream->Read(1 << 20));
        if (part->size() == 0) return arrow::Status::Invalid("there is no such row");
        for (int64_t place = 0; place < part->size(); ++place) {
            char letter = static_cast<char>(part->data()[place]);
            bool is_end = (letter == '\n' && last != '\r') || letter == '\r';
            if (!is_end && letter != '\n' && is_empty && line > options.skipped_rows) {
                if (rows == row) return line;
                is_empty = false;
            }
            if (options.quote && letter == options.quote) is_quoted = !is_quoted;
            if (is_end) {
                ++line;
                if (!is_quoted) {
                    rows += !is_empty;
                    is_empty = true;
                }
            }
            last = letter;
        }
    }
}

// The beginning of a sentence about a row below the header.
std::string place_of(const char *path, int64_t row, const carrow_csv_options &options) {
    bool has_header = options.has_header;
    auto line = line_of(path, options, row + (has_header ? 1 : 0));
    return line.ok() ? "line " + std::to_string(*line) : "row " + std::to_string(row + 1);
}

bool is_utf8(std::string_view text) {
    for (size_t place = 0; place < text.size();) {
        unsigned char first = text[place];
        size_t more = first < 0x80 ? 0 : (first >> 5) == 6 ? 1 : (first >> 4) == 14 ? 2 : (first >> 3) == 30 ? 3 : 9;
        if (more == 9 || place + more >= text.size() + (more == 0)) return false;
        for (size_t next = 1; next <= more; ++next) {
            if ((static_cast<unsigned char>(text[place + next]) >> 6) != 2) return false;
        }
        place += more + 1;
    }
    return true;
}

arrow::Status not_utf8(const char *path, const carrow_csv_options &options, const std::string &column) {
    auto row = find_row(path, options, column, [](std::string_view text) { return !is_utf8(text); });
    std::string place = row.ok() && *row >= 0 ? place_of(path, *row, options) + ", column \"" + column + "\": " : "";
    return arrow::Status::Invalid(
        place, "the text is not UTF-8; give the file's encoding, such as latin1 or windows1252");
}

// What a failed reading says: the column, line and value where Arrow names the column's number and the value.
std::string explained(const arrow::Status &status, const char *path, const carrow_csv_options &options) {
    std::string message = status.message();
    std::smatch match;
    static const std::regex conversion(
        "In CSV column #([0-9]+): (?:Row #[0-9]+: )?CSV conversion error to ([^:]*): invalid value '([^]*)'");
    static const std::regex width("CSV parse error: (?:Row #([0-9]+): )?Expected ([0-9]+) columns, got ([0-9]+)");
    if (std::regex_search(message, match, conversion)) {
        auto names = names_of(path, options);
        size_t number = std::stoul(match[1]);
        std::string column = "#" + match[1].str(), place;
        std::string value = match[3], type = match[2];
        std::string wanted = type == "int64" ? "a whole number" : type == "double" ? "a number"
            : type == "bool" ? "true or false" : type.rfind("date", 0) == 0 ? "a date such as 2015-07-31"
            : type.rfind("timestamp", 0) == 0 ? "a time such as 2015-07-31 12:00:00" : type;
        if (options.column_count > static_cast<int32_t>(number)) {
            column = options.columns[number];
        } else if (names.ok() && number < names->size()) {
            column = (*names)[number];
        }
        auto row = find_row(path, options, column, [&](std::string_view text) { return text == value; });
        if (row.ok() && *row >= 0) place = place_of(path, *row, options) + ", ";
        static const std::regex comma("-?[0-9]+,[0-9]+");
        bool has_comma = type == "double" && options.decimal_point != ',' && std::regex_match(value, comma);
        return place + "column \"" + column + "\": \"" + value + "\" is not " + wanted +
               (has_comma ? "; give decimalPoint: \",\" (apus: --decimal-comma) where a comma is the decimal point" : "");
    }
    if (message.rfind("Empty CSV file", 0) == 0 || message.find("Empty CSV file or block") != std::string::npos) {
        return "the file is empty; it has not even a header";
    }
    if (message.rfind("Could not skip initial", 0) == 0) {
        return "the file has no more than the " + std::to_string(options.skipped_rows) + " lines that are to be skipped";
    }
    if (std::regex_search(message, match, width)) {
        std::string place;
        if (match[1].matched) {
            // Arrow counts the rows from 1, the header too.
            auto line = line_of(path, options, std::stoll(match[1]) - 1 - options.skipped_rows);
            place = line.ok() ? "line " + std::to_string(*line) + ": " : "";
        }
        return place + (match[3] == "1" ? "there is 1 value, " : "there are " + match[3].str() + " values, ") +
               match[2].str() + (match[2] == "1" ? " was" : " were") +
               " expected; check the delimiter and the quotation marks";
    }
    return message;
}

// Options whose columns are named as the file has them, which may write accents in another form.
struct NamedOptions {
    carrow_csv_options options;
    std::vector<std::string> names;
    std::vector<const char *> columns, typed;
};

// Missing columns are named before anything is read.
arrow::Result<std::shared_ptr<NamedOptions>> named_as_in_file(const char *path, const carrow_csv_options &options) {
    auto result = std::make_shared<NamedOptions>();
    result->options = options;
    if (options.column_count == 0 && options.typed_count == 0) return result;
    ARROW_ASSIGN_OR_RAISE(result->names, names_of(path, options));
    const auto &names = result->names;
    auto find = [&](const char *name) -> arrow::Result<const char *> {
        auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            found = std::find_if(
                names.begin(), names.end(), [&](const std::string &own) { return composed(own) == composed(name); });
        }
        if (found != names.end()) return found->c_str();
        std::string known;
        for (size_t place = 0; place < names.size() && place < 20; ++place) known += (place ? ", " : "") + names[place];
        return arrow::Status::Invalid("there is no column \"", name, "\"; the columns are ", known);
    };
    for (int32_t place = 0; place < options.column_count; ++place) {
        ARROW_ASSIGN_OR_RAISE(auto name, find(options.columns[place]));
        result->columns.push_back(name);
    }
    for (int32_t place = 0; place < options.typed_count; ++place) {
        ARROW_ASSIGN_OR_RAISE(auto name, find(options.typed[place]));
        result->typed.push_back(name);
    }
    result->options.columns = result->columns.data();
    result->options.typed = result->typed.data();
    return result;
}

// Options whose texts the stream keeps, for the explanation of a late failure.
struct KeptOptions {
    carrow_csv_options options;
    std::string path, encoding;
    std::vector<std::string> texts[4];
    std::vector<const char *> pointers[4];
    std::vector<int32_t> kinds;

    KeptOptions(const char *path, const carrow_csv_options &given) : options(given), path(path) {
        auto keep = [&](int place, const char *const *&items, int32_t count) {
            texts[place] = strings(items, count);
            for (const auto &text : texts[place]) pointers[place].push_back(text.c_str());
            items = pointers[place].data();
        };
        keep(0, options.names, options.name_count);
        keep(1, options.missing, options.missing_count);
        keep(2, options.columns, options.column_count);
        keep(3, options.typed, options.typed_count);
        kinds.assign(given.kinds, given.kinds + given.typed_count);
        options.kinds = kinds.data();
        if (given.encoding) {
            encoding = given.encoding;
            options.encoding = encoding.c_str();
        }
    }
};

} // namespace

// The kinds that the first part of a large file tells. A column whose kind Arrow is left to find out keeps the whole
// text in memory until the end, in case a late value changes its mind; with kinds given it keeps the values only.
static arrow::Status guess_types(const char *path, const carrow_csv_options &options, Settings &settings) {
    Settings first(options);
    first.read.use_threads = false;
    first.read.block_size = 8 << 20;
    ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, options));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, csv::StreamingReader::Make(
                         arrow::io::default_io_context(), stream, first.read, first.parse, first.convert));
    for (const auto &field : reader->schema()->fields()) {
        auto type = field->type()->id() == arrow::Type::NA ? arrow::float64() : field->type();
        bool is_new = settings.convert.column_types.emplace(field->name(), type).second;
        // Kinds go by names.
        if (!is_new && reader->schema()->GetAllFieldIndices(field->name()).size() > 1) {
            return arrow::Status::Invalid("two columns have one name");
        }
    }
    return arrow::Status::OK();
}

static arrow::Result<std::shared_ptr<arrow::Table>> read(
    const char *path, const carrow_csv_options &options, const Settings &settings) {
    ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, options));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, csv::TableReader::Make(
                         arrow::io::default_io_context(), stream, settings.read, settings.parse, settings.convert));
    return reader->Read();
}

// A dictionary's entries without spaces at their ends; an error where one of them turns out to stand for a missing value.
static arrow::Result<std::shared_ptr<arrow::ArrayData>> trimmed(
    const arrow::Array &entries, const std::vector<std::string> &missing) {
    const auto &texts = static_cast<const arrow::StringArray &>(entries);
    arrow::StringBuilder builder;
    for (int64_t place = 0; place < texts.length(); ++place) {
        auto text = texts.GetView(place);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
        if (std::find(missing.begin(), missing.end(), text) != missing.end()) {
            return arrow::Status::Invalid("a missing value behind several spaces");
        }
        ARROW_RETURN_NOT_OK(builder.Append(text));
    }
    ARROW_ASSIGN_OR_RAISE(auto result, builder.Finish());
    return result->data();
}

// Reads a text without quotation marks whose columns are numbers and dictionaries, leaving the spaces behind delimiters
// in the text: Arrow's numbers may have them, and the few entries of dictionaries are trimmed at the end. Spaces in front
// of a missing value are expected once. An error means that the ordinary way is to be gone.
static arrow::Result<std::shared_ptr<arrow::Table>> read_untrimmed(
    const char *path, const carrow_csv_options &given, const Settings &guessed) {
    carrow_csv_options options = given;
    options.trims_leading_spaces = false;
    Settings settings = guessed;
    for (const auto &[name, type] : settings.convert.column_types) {
        bool is_fit = type->id() == arrow::Type::INT64 || type->id() == arrow::Type::DOUBLE ||
                      (type->id() == arrow::Type::DICTIONARY &&
                       static_cast<const arrow::DictionaryType &>(*type).value_type()->id() == arrow::Type::STRING);
        if (!is_fit) return arrow::Status::Invalid("the column ", name, " needs its spaces taken away first");
    }
    // The header's spaces stay too.
    ARROW_ASSIGN_OR_RAISE(auto names, names_of(path, given));
    ARROW_ASSIGN_OR_RAISE(auto raw, names_of(path, options));
    // In a table of one column an empty line is a missing value, which a line of spaces is not.
    if (names.size() < 2 || names.size() != raw.size()) return arrow::Status::Invalid("a single column");
    settings.convert.column_types.clear();
    for (size_t place = 0; place < names.size(); ++place) {
        auto type = guessed.convert.column_types.find(names[place]);
        if (type != guessed.convert.column_types.end()) settings.convert.column_types[raw[place]] = type->second;
    }
    for (auto &name : settings.convert.include_columns) {
        name = raw[std::find(names.begin(), names.end(), name) - names.begin()];
    }
    auto missing = settings.convert.null_values;
    for (const auto &marker : missing) settings.convert.null_values.push_back(" " + marker);
    ARROW_ASSIGN_OR_RAISE(auto table, read(path, options, settings));
    ARROW_ASSIGN_OR_RAISE(
        table, table->RenameColumns(given.column_count ? strings(given.columns, given.column_count) : names));
    for (int place = 0; place < table->num_columns(); ++place) {
        auto column = table->column(place);
        if (column->type()->id() != arrow::Type::DICTIONARY) continue;
        arrow::ArrayVector chunks;
        for (const auto &chunk : column->chunks()) {
            auto data = chunk->data()->Copy();
            ARROW_ASSIGN_OR_RAISE(data->dictionary, trimmed(*arrow::MakeArray(data->dictionary), missing));
            chunks.push_back(arrow::MakeArray(data));
        }
        // Entries that have become equal are joined where the chunks' dictionaries are.
        ARROW_ASSIGN_OR_RAISE(column, arrow::ChunkedArray::Make(std::move(chunks), column->type()));
        ARROW_ASSIGN_OR_RAISE(table, table->SetColumn(place, table->field(place), column));
    }
    return table;
}

// The columns that are to be read as text though they are of digits, by their names; not those whose kinds are given.
static arrow::Result<std::vector<std::string>> names_of_digits(
    const char *path, const carrow_csv_options &options, bool has_long_numbers) {
    std::vector<std::string> result;
    ARROW_ASSIGN_OR_RAISE(auto found, columns_of_names(path, options, has_long_numbers));
    if (std::find(found.begin(), found.end(), true) == found.end()) return result;
    ARROW_ASSIGN_OR_RAISE(auto names, names_of(path, options));
    for (size_t place = 0; place < names.size() && place < found.size(); ++place) {
        bool is_given = std::any_of(
            options.typed, options.typed + options.typed_count, [&](const char *name) { return names[place] == name; });
        if (found[place] && !is_given) result.push_back(names[place]);
    }
    return result;
}

// Options with columns of text beside those whose kinds are given. The lists live as long as this.
struct TextOptions {
    carrow_csv_options options;
    std::vector<const char *> typed;
    std::vector<int32_t> kinds;

    TextOptions(const carrow_csv_options &given, const std::vector<std::string> &texts)
        : options(given), typed(given.typed, given.typed + given.typed_count),
          kinds(given.kinds, given.kinds + given.typed_count) {
        for (const auto &name : texts) {
            if (options.column_count > 0 &&
                std::none_of(options.columns, options.columns + options.column_count, [&](const char *column) {
                    return name == column;
                })) continue;
            typed.push_back(name.c_str());
            kinds.push_back(CARROW_TEXT);
        }
        options.typed = typed.data();
        options.kinds = kinds.data();
        options.typed_count = static_cast<int32_t>(typed.size());
    }
};

// Whether a column of numbers has one that no whole number of 64 bits reaches.
static bool has_long_numbers(const arrow::Table &table) {
    for (const auto &column : table.columns()) {
        if (column->type()->id() != arrow::Type::DOUBLE) continue;
        for (const auto &chunk : column->chunks()) {
            const auto *values = static_cast<const arrow::DoubleArray &>(*chunk).raw_values();
            bool found = false;
            for (int64_t row = 0; row < chunk->length(); ++row) found |= std::abs(values[row]) >= 9.2e18;
            if (found) return true;
        }
    }
    return false;
}

static TableResult read_csv(const char *path, const carrow_csv_options *given, bool looks_for_names);

carrow_table carrow_read_csv(const char *path, const carrow_csv_options *given, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_ASSIGN_OR_RAISE(auto named, named_as_in_file(path, *given));
        return read_csv(path, &named->options, true);
    });
}

static TableResult read_csv(const char *path, const carrow_csv_options *given, bool looks_for_names) {
    {
        carrow_csv_options adapted = *given;
        const carrow_csv_options *options = &adapted;
        std::error_code unknown;
        bool is_large = std::filesystem::file_size(path, unknown) > (32 << 20) && !unknown;
        // Looking for quotation marks takes less time than expecting them everywhere.
        bool is_plain = is_large && !is_packed(path) && !given->encoding && !text_has(path, given->quote);
        if (is_plain) adapted.quote = 0;
        Settings settings(*options);
        arrow::Result<std::shared_ptr<arrow::Table>> result = arrow::Status::Invalid("");
        if (is_large) {
            Settings guessed(*options);
            guessed.read.block_size = 4 << 20;
            if (guess_types(path, *options, guessed).ok()) {
                bool leaves_spaces = is_plain && given->trims_leading_spaces && given->delimiter != ' ';
                if (leaves_spaces) result = read_untrimmed(path, *options, guessed);
                if (!result.ok()) result = read(path, *options, guessed);
            }
        }
        if (!result.ok()) result = read(path, *options, settings);
        if (!result.ok()) {
            // On one thread Arrow knows the row of a wrong number of values.
            settings.read.use_threads = false;
            result = read(path, *options, settings);
        }
        if (!result.ok()) return arrow::Status::Invalid(explained(result.status(), path, *options));
        auto table = result.MoveValueUnsafe();
        if (looks_for_names) {
            ARROW_ASSIGN_OR_RAISE(auto names, names_of_digits(path, *given, has_long_numbers(*table)));
            if (!names.empty()) {
                TextOptions texts(*given, names);
                return read_csv(path, &texts.options, false);
            }
        }
        for (const auto &field : table->fields()) {
            if (!is_utf8(field->name())) {
                return arrow::Status::Invalid("the header is not UTF-8; give the file's encoding, such as latin1 or utf16");
            }
            // What is not UTF-8 comes as bytes.
            auto type = field->type()->id() == arrow::Type::DICTIONARY
                            ? static_cast<const arrow::DictionaryType &>(*field->type()).value_type()
                            : field->type();
            if (type->id() == arrow::Type::BINARY) return not_utf8(path, *options, field->name());
        }
        ARROW_ASSIGN_OR_RAISE(auto tidy, tidied(std::move(table)));
        return handle(tidy);
    }
}

carrow_stream carrow_stream_csv(const char *path, const carrow_csv_options *given, char **error) {
    return guarded(error, [&]() -> StreamResult {
        ARROW_ASSIGN_OR_RAISE(auto named, named_as_in_file(path, *given));
        ARROW_ASSIGN_OR_RAISE(auto texts, names_of_digits(path, named->options, false));
        TextOptions adapted(named->options, texts);
        const carrow_csv_options *options = &adapted.options;
        Settings settings(*options);
        // The kinds of all parts are those of the first, which must be large enough to tell.
        settings.read.block_size = 8 << 20;
        ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, *options));
        auto reader = csv::StreamingReader::Make(
            arrow::io::default_io_context(), stream, settings.read, settings.parse, settings.convert);
        if (!reader.ok()) return arrow::Status::Invalid(explained(reader.status(), path, *options));
        auto kept = std::make_shared<KeptOptions>(path, *options);
        return new carrow_stream_s{
            *reader, [kept](const arrow::Status &status) {
                return explained(status, kept->path.c_str(), kept->options);
            }};
    });
}
