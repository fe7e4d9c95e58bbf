// The files of the pages, which are part of the program: it needs nothing beside itself to serve them.
#ifndef CPAGES_H
#define CPAGES_H

#include <stddef.h>

/// How many files there are.
size_t cpages_count(void);
/// The name of a file; `index` is below the count.
const char *cpages_name(size_t index);
/// The bytes of a file and how many they are; `index` is below the count.
const unsigned char *cpages_bytes(size_t index, size_t *length);

#endif
