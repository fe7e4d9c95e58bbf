// Sums of files, read in pieces.
#include "cchecksum.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

static int sum_file(const char *path, GChecksumType type, unsigned long limit, char *digits) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno;
    GChecksum *sum = g_checksum_new(type);
    unsigned char piece[1 << 16];
    int failure = 0;
    while (limit > 0) {
        ssize_t count = read(file, piece, limit < sizeof piece ? limit : sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) failure = errno;
        if (count <= 0) break;
        g_checksum_update(sum, piece, count);
        limit -= (unsigned long)count;
    }
    if (failure == 0) strcpy(digits, g_checksum_get_string(sum));
    g_checksum_free(sum);
    close(file);
    return failure;
}

int cchecksum_sha256_file(const char *path, char digits[65]) {
    return sum_file(path, G_CHECKSUM_SHA256, (unsigned long)-1, digits);
}

void cchecksum_sha256_bytes(const void *bytes, unsigned long count, char digits[65]) {
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    if (count > 0) g_checksum_update(sum, bytes, (gssize)count);
    strcpy(digits, g_checksum_get_string(sum));
    g_checksum_free(sum);
}

int cchecksum_md5_start(const char *path, unsigned long count, char digits[33]) {
    return sum_file(path, G_CHECKSUM_MD5, count, digits);
}
