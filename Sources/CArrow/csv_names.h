// Which columns of a CSV file hold names made of digits.
#pragma once
#include "carrow_internal.h"

namespace carrow {

// By the place of a column whether all of its values are of digits and one of them begins with a zero that others follow,
// or has more digits than a whole number holds; shorter than there are columns where none has.
arrow::Result<std::vector<bool>> columns_of_names(
    const char *path, const carrow_csv_options &options, bool has_long_numbers);

} // namespace carrow
