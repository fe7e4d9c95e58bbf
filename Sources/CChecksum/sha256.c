// SHA-256 of a file, read in pieces.
#include "cchecksum.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

int cchecksum_sha256_file(const char *path, char digits[65]) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    unsigned char piece[1 << 16];
    int failure = 0;
    for (;;) {
        ssize_t count = read(file, piece, sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) failure = errno;
        if (count <= 0) break;
        g_checksum_update(sum, piece, count);
    }
    if (failure == 0) memcpy(digits, g_checksum_get_string(sum), 65);
    g_checksum_free(sum);
    close(file);
    return failure;
}
