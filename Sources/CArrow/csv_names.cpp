// Which columns of a CSV file hold names made of digits: 007 is not 7, and a number of thirty digits is none.
#include "csv_names.h"
#include "csv_input.h"

#include <arrow/io/file.h>

#include <algorithm>
#include <cctype>

namespace carrow {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// Whether some field of a text may begin with a zero that another digit follows. Without a branch, a call or a count read from
// memory in the loop, so that the compiler looks at 16 letters at once.
bool begins_with_zero(const char *text, const int64_t size, const char delimiter, const char quote) {
    uint8_t found = 0;
    for (int64_t at = 1; at < size - 1; ++at) {
        const char before = text[at - 1], letter = text[at], after = text[at + 1];
        const uint8_t starts = static_cast<uint8_t>(before == delimiter) | static_cast<uint8_t>(before == '\n') |
            static_cast<uint8_t>(before == '\r') | static_cast<uint8_t>(before == ' ') | static_cast<uint8_t>(before == quote);
        const uint8_t digit = static_cast<uint8_t>(static_cast<uint8_t>(after - '0') < 10);
        found |= static_cast<uint8_t>(starts & static_cast<uint8_t>(letter == '0') & digit);
    }
    return found != 0;
}

// Whether a field of a plain file may begin with a zero that another digit follows: a quick look at all of it, which
// spares most files a slow one.
bool may_have_leading_zeros(const char *path, const carrow_csv_options &options) {
    auto file = arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ);
    if (!file.ok()) return true;
    auto size = (*file)->GetSize();
    if (!size.ok()) return true;
    const int64_t step = 1 << 20;
    for (int64_t start = 0; start < *size; start += step) {
        // Each part sees the last two letters of the one before.
        int64_t from = std::max<int64_t>(0, start - 2);
        auto part = (*file)->ReadAt(from, step + 2);
        if (!part.ok()) return true;
        const char *text = reinterpret_cast<const char *>((*part)->data());
        const int64_t letters = (*part)->size();
        if (start == 0 && letters > 1 && text[0] == '0' && is_digit(text[1])) return true;
        if (begins_with_zero(text, letters, options.delimiter, options.quote)) return true;
    }
    return false;
}

} // namespace

arrow::Result<std::vector<bool>> columns_of_names(
    const char *path, const carrow_csv_options &options, bool has_long_numbers) {
    bool is_plain = !is_packed(path) && !options.encoding;
    if (is_plain && !has_long_numbers && !may_have_leading_zeros(path, options)) return std::vector<bool>();
    ARROW_ASSIGN_OR_RAISE(auto stream, open_text(path, options));
    // Of each column: whether it has such a name, and whether it has anything that is not of digits alone.
    std::vector<bool> has_name, has_other;
    std::string field;
    size_t column = 0;
    int64_t lines_to_skip = options.skipped_rows + (options.has_header ? 1 : 0);
    bool is_quoted = false;
    auto end_field = [&] {
        if (column >= has_name.size()) {
            has_name.resize(column + 1);
            has_other.resize(column + 1);
        }
        bool is_number = !field.empty() && std::all_of(field.begin(), field.end(), is_digit);
        if (is_number) {
            if ((field[0] == '0' && field.size() > 1) || field.size() > 18) has_name[column] = true;
        } else if (!has_other[column]) {
            bool is_missing = field.empty();
            for (int32_t at = 0; at < options.missing_count; ++at) is_missing |= field == options.missing[at];
            if (!is_missing) has_other[column] = true;
        }
        field.clear();
    };
    while (true) {
        ARROW_ASSIGN_OR_RAISE(auto part, stream->Read(1 << 20));
        const char *text = reinterpret_cast<const char *>(part->data());
        for (int64_t at = 0; at < part->size(); ++at) {
            char letter = text[at];
            if (options.quote && letter == options.quote) {
                is_quoted = !is_quoted;
            } else if (!is_quoted && (letter == '\n' || letter == '\r')) {
                if (lines_to_skip > 0) {
                    // Windows ends a line with two letters; a line of nothing is none.
                    lines_to_skip -= letter == '\n';
                } else if (column > 0 || !field.empty()) {
                    end_field();
                }
                field.clear();
                column = 0;
            } else if (lines_to_skip > 0) {
                continue;
            } else if (!is_quoted && letter == options.delimiter) {
                end_field();
                ++column;
            } else if (field.size() < 64) {
                field.push_back(letter);
            }
        }
        if (part->size() == 0) break;
    }
    if (lines_to_skip == 0 && (column > 0 || !field.empty())) end_field();
    std::vector<bool> names(has_name.size());
    for (size_t place = 0; place < names.size(); ++place) names[place] = has_name[place] && !has_other[place];
    return names;
}

} // namespace carrow
