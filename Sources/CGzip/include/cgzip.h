// Reading files that are compressed with gzip, through zlib.
#ifndef CGZIP_H
#define CGZIP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Unpacks a whole file into memory, which `free` gives back, and verifies its checksum.
// Returns null after filling in `reason`. May be called from any thread.
void *cgzip_unpack(const char *path, size_t *count, char *reason, size_t reason_size);

#ifdef __cplusplus
}
#endif
#endif
