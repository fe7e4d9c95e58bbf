// Checksums of files, through GLib, which libvips brings along.
#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#ifdef __cplusplus
extern "C" {
#endif

// Writes the 64 lower-case hexadecimal digits of a file's SHA-256 sum (FIPS 180-4) and a zero into `digits`.
// Returns 0, or the `errno` of the call that failed. May be called from any thread.
int cchecksum_sha256_file(const char *path, char digits[65]);

// The same of `count` bytes in memory.
void cchecksum_sha256_bytes(const void *bytes, unsigned long count, char digits[65]);

// The same of the MD5 sum (RFC 1321, 32 digits) of the file's first `count` bytes at most.
int cchecksum_md5_start(const char *path, unsigned long count, char digits[33]);

#ifdef __cplusplus
}
#endif
#endif
