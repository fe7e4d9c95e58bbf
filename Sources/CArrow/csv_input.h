// The text of a CSV file on its way to Arrow's reader.
#pragma once
#include "carrow_internal.h"

#include <arrow/io/interfaces.h>

namespace carrow {

// The file's text: unpacked where its name ends in .gz, .bz2 or .zst, in UTF-8, without spaces behind delimiters.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> open_text(const char *path, const carrow_csv_options &options);
bool is_packed(const char *path);
// Whether a letter occurs in a file; true where the file can't be looked at.
bool text_has(const char *path, char letter);

} // namespace carrow
