// Reading files that are compressed with gzip, through zlib.
#include "cgzip.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void *cgzip_unpack(const char *path, size_t *count, char *reason, size_t reason_size) {
    gzFile file = gzopen(path, "rb");
    if (!file) {
        snprintf(reason, reason_size, "%s", errno ? strerror(errno) : "not enough memory");
        return NULL;
    }
    gzbuffer(file, 1 << 17);
    size_t capacity = 1 << 20, used = 0;
    char *memory = malloc(capacity);
    while (memory) {
        if (used == capacity) {
            char *larger = capacity > SIZE_MAX / 2 ? NULL : realloc(memory, capacity * 2);
            if (!larger) {
                free(memory);
                memory = NULL;
                break;
            }
            memory = larger;
            capacity *= 2;
        }
        size_t room = capacity - used;
        int piece = gzread(file, memory + used, room > 1 << 30 ? 1 << 30 : (unsigned)room);
        if (piece <= 0) break;
        used += (size_t)piece;
    }
    if (!memory) {
        snprintf(reason, reason_size, "not enough memory for what it holds");
        gzclose_r(file);
        return NULL;
    }
    int code = 0;
    const char *text = gzerror(file, &code);
    if (code != Z_OK && code != Z_STREAM_END) snprintf(reason, reason_size, "%s", code == Z_ERRNO ? strerror(errno) : text);
    // A file that ends early is told when it is closed.
    int closed = gzclose_r(file);
    if (code == Z_OK && closed != Z_OK) {
        code = closed;
        snprintf(reason, reason_size, "unexpected end of file");
    }
    if (code != Z_OK && code != Z_STREAM_END) {
        free(memory);
        return NULL;
    }
    *count = used;
    return memory;
}
