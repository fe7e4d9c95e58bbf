// Unpacking archives, through libarchive: tar (plain or compressed), zip and 7z.
#ifndef CARCHIVE_H
#define CARCHIVE_H

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CARCHIVE_UNREADABLE = 1,  // The archive's file cannot be read.
    CARCHIVE_UNKNOWN,         // It is no archive of a known kind.
    CARCHIVE_DAMAGED,         // It ends too early, or a checksum is wrong.
    CARCHIVE_UNSAFE,          // An entry would leave the folder, or is neither file, folder nor link.
    CARCHIVE_UNWRITABLE,      // An entry cannot be written.
    CARCHIVE_STOPPED,         // `should_stop` said so.
};

typedef struct {
    int kind;
    char entry[1024];  // The entry's path in the archive; empty where it is about the whole.
    char detail[256];  // Why, in the words of the system or the library.
} carchive_failure;

// Unpacks an archive into a folder, which exists and is empty. Owners, times and special permissions are not taken over.
// Checksums that the format has (gzip, zip, bzip2, xz, 7z) are verified. `should_stop` is asked now and then.
// Returns the number of entries, or -1 after filling in `failure`. May be called from any thread.
long carchive_unpack(const char *archive, const char *folder, int (*should_stop)(void), carchive_failure *failure);

#ifdef __cplusplus
}
#endif
#endif
