// Unpacks archives so that nothing is written, and no link leads, outside the folder.
#include "carchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

static long fail(carchive_failure *failure, int kind, const char *entry, const char *detail) {
    failure->kind = kind;
    snprintf(failure->entry, sizeof failure->entry, "%s", entry ? entry : "");
    snprintf(failure->detail, sizeof failure->detail, "%s", detail ? detail : "");
    return -1;
}

// MARK: Reading

// gzip goes through zlib itself: libarchive does not compare the checksum behind the data.
typedef struct {
    gzFile file;
    unsigned char piece[1 << 16];
} gzip_source;

static la_ssize_t read_gzip(struct archive *reader, void *context, const void **bytes) {
    gzip_source *source = context;
    int count = gzread(source->file, source->piece, sizeof source->piece);
    int code = Z_OK;
    const char *reason = gzerror(source->file, &code);
    if (count < 0 || (count == 0 && code == Z_BUF_ERROR)) {
        const char *own = strstr(reason, ": ");  // Behind the number of the file.
        archive_set_error(reader, EIO, "%s", code == Z_BUF_ERROR ? "it ends too early" : own ? own + 2 : reason);
        return -1;
    }
    *bytes = source->piece;
    return count;
}

static struct archive *new_reader(void) {
    struct archive *reader = archive_read_new();
    if (!reader) return NULL;
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_lzma(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_format_tar(reader);
    // The form that needs the list of entries at the end of the file: one that was cut off has none.
    archive_read_support_format_zip_seekable(reader);
    archive_read_support_format_7zip(reader);
    return reader;
}

static int is_gzip(int file) {
    unsigned char magic[2];
    return pread(file, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

// MARK: Paths

// Whether a path stays below where it starts: relative, and without "..".
static int is_inside(const char *path) {
    if (!path || path[0] == '/') return 0;
    for (const char *part = path; *part;) {
        size_t length = strcspn(part, "/");
        if (length == 2 && part[0] == '.' && part[1] == '.') return 0;
        part += length;
        part += strspn(part, "/");
    }
    return 1;
}

// The folders that a path lies in, "." not counted.
static int depth(const char *path) {
    int count = 0;
    for (const char *part = path; *part;) {
        size_t length = strcspn(part, "/");
        if (!(length == 1 && part[0] == '.')) count++;
        part += length;
        part += strspn(part, "/");
    }
    return count - 1;
}

// Whether a link at `path` leads to a place inside: no more steps up than the path has folders, all at its beginning.
// (Steps up later in the target would start from where another link leads.)
static int leads_inside(const char *path, const char *target) {
    if (!target || !*target) return 0;
    int steps = 0;
    while (target[0] == '.' && target[1] == '.' && (target[2] == '/' || !target[2])) {
        steps++;
        target += 2;
        target += strspn(target, "/");
    }
    return steps <= depth(path) && is_inside(target);
}

static char *join(const char *folder, const char *path) {
    size_t size = strlen(folder) + strlen(path) + 2;
    char *joined = malloc(size);
    if (joined) snprintf(joined, size, "%s/%s", folder, path);
    return joined;
}

// MARK: Entries

// Checks an entry and gives it its place in the folder. Returns 1 to write it, 0 to leave it out, -1 on failure.
static int place(struct archive_entry *entry, const char *folder, carchive_failure *failure) {
    const char *name = archive_entry_pathname(entry);
    if (!name || !*name) return (int)fail(failure, CARCHIVE_UNSAFE, "", "it has an entry without a name");
    if (!is_inside(name)) return (int)fail(failure, CARCHIVE_UNSAFE, name, "it lies outside the folder");
    if (depth(name) < 0) return 0;
    const char *hardlink = archive_entry_hardlink(entry);
    mode_t type = archive_entry_filetype(entry);
    if (hardlink) {
        if (!is_inside(hardlink)) return (int)fail(failure, CARCHIVE_UNSAFE, name, "it is a link to the outside");
        char *target = join(folder, hardlink);
        struct stat info;
        // Another name for a symbolic link would let that lead elsewhere.
        int is_file = target && lstat(target, &info) == 0 && S_ISREG(info.st_mode);
        if (is_file) archive_entry_copy_hardlink(entry, target);
        free(target);
        if (!is_file) return (int)fail(failure, CARCHIVE_UNSAFE, name, "it is a link to what is no file");
    } else if (type == AE_IFLNK) {
        if (!leads_inside(name, archive_entry_symlink(entry)))
            return (int)fail(failure, CARCHIVE_UNSAFE, name, "it is a link to the outside");
    } else if (type == AE_IFDIR) {
        archive_entry_set_perm(entry, 0777);
    } else if (type == AE_IFREG) {
        archive_entry_set_perm(entry, archive_entry_perm(entry) & 0100 ? 0777 : 0666);
    } else {
        return (int)fail(failure, CARCHIVE_UNSAFE, name, "it is neither a file nor a folder nor a link");
    }
    char *path = join(folder, name);
    if (!path) return (int)fail(failure, CARCHIVE_UNWRITABLE, name, "memory ran out");
    archive_entry_copy_pathname(entry, path);
    free(path);
    return 1;
}

// The name as it was before `place` put the folder before it.
static const char *own_name(struct archive_entry *entry, const char *folder) {
    const char *path = archive_entry_pathname(entry);
    size_t length = strlen(folder);
    return path && strlen(path) > length ? path + length + 1 : "";
}

static long write_failure(carchive_failure *failure, struct archive *disk, const char *entry) {
    // What libarchive refuses on its own account, such as a path through a link, has no number of the system.
    int kind = archive_errno(disk) > 0 ? CARCHIVE_UNWRITABLE : CARCHIVE_UNSAFE;
    const char *reason = archive_errno(disk) > 0 ? strerror(archive_errno(disk)) : "it lies behind a link";
    return fail(failure, kind, entry, reason);
}

static long unpack_entries(
    struct archive *reader, struct archive *disk, const char *folder, int (*should_stop)(void),
    carchive_failure *failure) {
    struct archive_entry *entry;
    long count = 0;
    for (;;) {
        if (should_stop && should_stop()) return fail(failure, CARCHIVE_STOPPED, "", "");
        int result = archive_read_next_header(reader, &entry);
        if (result == ARCHIVE_EOF) return count;
        if (result < ARCHIVE_WARN)
            return fail(
                failure, archive_format(reader) == 0 && archive_errno(reader) != EIO ? CARCHIVE_UNKNOWN
                                                                                    : CARCHIVE_DAMAGED,
                "", archive_error_string(reader));
        int placed = place(entry, folder, failure);
        if (placed < 0) return -1;
        if (placed == 0) continue;
        const char *name = own_name(entry, folder);
        if (archive_write_header(disk, entry) < ARCHIVE_WARN) return write_failure(failure, disk, name);
        const void *bytes;
        size_t size;
        la_int64_t offset;
        while ((result = archive_read_data_block(reader, &bytes, &size, &offset)) == ARCHIVE_OK) {
            if (should_stop && should_stop()) return fail(failure, CARCHIVE_STOPPED, "", "");
            if (archive_write_data_block(disk, bytes, size, offset) < ARCHIVE_WARN)
                return write_failure(failure, disk, name);
        }
        // A wrong checksum is a warning to libarchive.
        if (result != ARCHIVE_EOF) return fail(failure, CARCHIVE_DAMAGED, name, archive_error_string(reader));
        if (archive_write_finish_entry(disk) < ARCHIVE_WARN) return write_failure(failure, disk, name);
        count++;
    }
}

static long unpack(
    struct archive *reader, const char *path, int file, const char *folder, int (*should_stop)(void),
    carchive_failure *failure) {
    gzip_source *gzip = NULL;
    int opened;
    if (is_gzip(file)) {
        gzip = calloc(1, sizeof *gzip);
        int copy = gzip ? dup(file) : -1;
        if (copy >= 0) gzip->file = gzdopen(copy, "rb");
        if (!gzip || !gzip->file) {
            if (copy >= 0) close(copy);
            free(gzip);
            return fail(failure, CARCHIVE_UNREADABLE, "", "memory or files ran out");
        }
        gzbuffer(gzip->file, 1 << 17);
        opened = archive_read_open(reader, gzip, NULL, read_gzip, NULL);
    } else {
        opened = archive_read_open_filename(reader, path, 1 << 17);
    }
    long count;
    if (opened < ARCHIVE_WARN) {
        int is_damaged = archive_errno(reader) == EIO;
        count = fail(
            failure, is_damaged ? CARCHIVE_DAMAGED : CARCHIVE_UNKNOWN, "", archive_error_string(reader));
    } else {
        struct archive *disk = archive_write_disk_new();
        if (disk) {
            archive_write_disk_set_options(disk, ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT);
            count = unpack_entries(reader, disk, folder, should_stop, failure);
            if (archive_write_close(disk) < ARCHIVE_WARN && count >= 0) count = write_failure(failure, disk, "");
            archive_write_free(disk);
        } else {
            count = fail(failure, CARCHIVE_UNWRITABLE, "", "memory ran out");
        }
    }
    if (gzip) {
        // The rest, up to the checksum at the end.
        const void *bytes;
        la_ssize_t rest = 0;
        while (count >= 0 && (rest = read_gzip(reader, gzip, &bytes)) > 0) continue;
        if (count >= 0 && rest < 0) count = fail(failure, CARCHIVE_DAMAGED, "", archive_error_string(reader));
    }
    archive_read_close(reader);
    if (gzip) {
        gzclose(gzip->file);
        free(gzip);
    }
    return count;
}

long carchive_unpack(const char *archive, const char *folder, int (*should_stop)(void), carchive_failure *failure) {
    char real[PATH_MAX];
    if (!realpath(folder, real)) return fail(failure, CARCHIVE_UNWRITABLE, "", strerror(errno));
    int file = open(archive, O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail(failure, CARCHIVE_UNREADABLE, "", strerror(errno));
    struct archive *reader = new_reader();
    // Names with accents are read and written as UTF-8, whatever the program's locale.
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!utf8) utf8 = newlocale(LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    long count = reader ? unpack(reader, archive, file, real, should_stop, failure)
                        : fail(failure, CARCHIVE_UNREADABLE, "", "memory ran out");
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    if (reader) archive_read_free(reader);
    close(file);
    return count;
}
