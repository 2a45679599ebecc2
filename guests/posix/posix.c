/*
 * Uses a folder as programs do, and says which use does not behave as POSIX and Linux have it:
 * posix FOLDER [FILES], where FILES is how many a large folder has; posix FOLDER refused, for one that is only read.
 */
#include "linux.h"

const char program[] = "posix";

#define SYS_FSETXATTR 7
#define SYS_FGETXATTR 10
#define SYS_FLISTXATTR 13
#define SYS_FREMOVEXATTR 16
#define SYS_DUP3 24
#define SYS_FCNTL 25
#define SYS_FLOCK 32
#define SYS_MKNODAT 33
#define SYS_MKDIRAT 34
#define SYS_UNLINKAT 35
#define SYS_SYMLINKAT 36
#define SYS_LINKAT 37
#define SYS_STATFS 43
#define SYS_TRUNCATE 45
#define SYS_FTRUNCATE 46
#define SYS_FCHMOD 52
#define SYS_FCHMODAT 53
#define SYS_FCHOWN 55
#define SYS_LSEEK 62
#define SYS_PREAD64 67
#define SYS_PWRITE64 68
#define SYS_READLINKAT 78
#define SYS_FSTATAT 79
#define SYS_FSTAT 80
#define SYS_FSYNC 82
#define SYS_FDATASYNC 83
#define SYS_UTIMENSAT 88
#define SYS_UMASK 166
#define SYS_MUNMAP 215
#define SYS_CLONE 220
#define SYS_MSYNC 227
#define SYS_WAIT4 260
#define SYS_RENAMEAT2 276

#define CWD (-100)
#define O_WRONLY 1
#define O_CREAT 0100
#define O_EXCL 0200
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_NOFOLLOW 0x100
#define SIGCHLD 17

#define EPERM 1
#define ENOENT 2
#define EAGAIN 11
#define EACCES 13
#define EEXIST 17
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define EROFS 30
#define ENAMETOOLONG 36
#define ENOTEMPTY 39
#define ELOOP 40
#define ENODATA 61
#define EOPNOTSUPP 95

struct stat { /* <asm-generic/stat.h> */
    uint64_t dev, ino;
    uint32_t mode, nlink, uid, gid;
    uint64_t rdev, pad1;
    int64_t size;
    int32_t blksize, pad2;
    int64_t blocks, atime;
    uint64_t atime_nsec;
    int64_t mtime;
    uint64_t mtime_nsec;
    int64_t ctime;
    uint64_t ctime_nsec;
    uint32_t unused[2];
};

struct flock {
    int16_t type, whence;
    int64_t start, len;
    int32_t pid;
};

static const char *what = "starting";

/* Ends the program unless a call did what it should. */
static long must(long result, long expected, int line)
{
    if (result != expected)
        fail("%s, line %d: %d instead of %d", what, line, (int)result, (int)expected);
    return result;
}

#define CALL(...) must(system_call(__VA_ARGS__) < 0, 0, __LINE__)
#define FAILS(error, ...) must(system_call(__VA_ARGS__), -(error), __LINE__)
#define IS(value, expected) must((long)(value), (long)(expected), __LINE__)

static long at_least(long result, int line)
{
    if (result < 0)
        fail("%s, line %d: error %d", what, line, (int)-result);
    return result;
}

#define OPEN(path, flags, mode) ((int)at_least(system_call(SYS_OPENAT, CWD, path, (flags) | O_CLOEXEC, mode), __LINE__))

static void put_text(int fd, const char *text) { IS(system_call(SYS_WRITE, fd, text, strlen(text)), strlen(text)); }

static int holds(int fd, const char *text)
{
    char found[256] = {0};
    long n = system_call(SYS_PREAD64, fd, found, sizeof found, 0L);
    return n == (long)strlen(text) && !memcmp(found, text, (size_t)n);
}

static void make(const char *path, const char *text)
{
    int fd = OPEN(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    put_text(fd, text);
    CALL(SYS_CLOSE, fd);
}

static int file_holds(const char *path, const char *text)
{
    int fd = OPEN(path, O_RDONLY, 0), same = holds(fd, text);
    CALL(SYS_CLOSE, fd);
    return same;
}

static struct stat status(int fd)
{
    struct stat s;
    CALL(SYS_FSTAT, fd, &s);
    return s;
}

static struct stat status_at(const char *path, int flags)
{
    struct stat s;
    CALL(SYS_FSTATAT, CWD, path, &s, flags);
    return s;
}

static void remove_file(const char *path) { CALL(SYS_UNLINKAT, CWD, path, 0); }

static long fork(void) { return at_least(system_call(SYS_CLONE, SIGCHLD, 0L, 0L, 0L, 0L), __LINE__); }

/* Waits for a child and returns its exit code. */
static int exit_code(long child)
{
    int state = -1;
    IS(system_call(SYS_WAIT4, child, &state, 0, 0L), child);
    return state >> 8;
}

static void creates(void)
{
    what = "creating";
    int fd = OPEN("made", O_RDWR | O_CREAT | O_EXCL, 0600);
    put_text(fd, "first");
    FAILS(EEXIST, SYS_OPENAT, CWD, "made", O_RDWR | O_CREAT | O_EXCL, 0600);
    FAILS(ENOENT, SYS_OPENAT, CWD, "not-made", O_RDWR, 0);
    FAILS(ENOTDIR, SYS_OPENAT, CWD, "made", O_RDONLY | O_DIRECTORY, 0);
    FAILS(ENOTDIR, SYS_OPENAT, CWD, "made/x", O_RDONLY, 0);
    CALL(SYS_CLOSE, fd);
    what = "appending";
    int one = OPEN("made", O_WRONLY | O_APPEND, 0), two = OPEN("made", O_WRONLY | O_APPEND, 0);
    put_text(one, ", second");
    CALL(SYS_CLOSE, one);
    put_text(two, ", third");
    CALL(SYS_CLOSE, two);
    IS(file_holds("made", "first, second, third"), 1);
    fd = OPEN("made", O_RDWR | O_TRUNC, 0);
    IS(status(fd).size, 0);
    CALL(SYS_FSYNC, fd);
    CALL(SYS_FDATASYNC, fd);
    CALL(SYS_CLOSE, fd);
    remove_file("made");
}

static void renames(void)
{
    what = "renaming";
    make("old", "old");
    make("new", "new");
    int fd = OPEN("old", O_RDONLY, 0);
    CALL(SYS_RENAMEAT2, CWD, "new", CWD, "old", 0);
    IS(file_holds("old", "new"), 1);
    IS(holds(fd, "old"), 1);
    CALL(SYS_CLOSE, fd);
    FAILS(ENOENT, SYS_RENAMEAT2, CWD, "new", CWD, "old", 0);
    CALL(SYS_MKDIRAT, CWD, "d", 0755);
    CALL(SYS_MKDIRAT, CWD, "d/e", 0755);
    FAILS(EINVAL, SYS_RENAMEAT2, CWD, "d", CWD, "d/e/f", 0);
    FAILS(EISDIR, SYS_RENAMEAT2, CWD, "old", CWD, "d/e", 0);
    FAILS(ENOTDIR, SYS_RENAMEAT2, CWD, "d/e", CWD, "old", 0);
    CALL(SYS_MKDIRAT, CWD, "empty", 0755);
    FAILS(ENOTEMPTY, SYS_RENAMEAT2, CWD, "empty", CWD, "d", 0);
    CALL(SYS_RENAMEAT2, CWD, "d", CWD, "empty", 0);
    CALL(SYS_RENAMEAT2, CWD, "old", CWD, "empty/e/old", 0);
    IS(file_holds("empty/e/old", "new"), 1);
    FAILS(EISDIR, SYS_UNLINKAT, CWD, "empty/e", 0);
    FAILS(ENOTEMPTY, SYS_UNLINKAT, CWD, "empty/e", AT_REMOVEDIR);
    FAILS(ENOTDIR, SYS_UNLINKAT, CWD, "empty/e/old", AT_REMOVEDIR);
    remove_file("empty/e/old");
    CALL(SYS_UNLINKAT, CWD, "empty/e", AT_REMOVEDIR);
    CALL(SYS_UNLINKAT, CWD, "empty", AT_REMOVEDIR);
}

static void open_without_a_name(void)
{
    what = "using a file that was removed";
    int fd = OPEN("gone", O_RDWR | O_CREAT, 0600);
    put_text(fd, "still here");
    remove_file("gone");
    FAILS(ENOENT, SYS_FSTATAT, CWD, "gone", &(struct stat){0}, 0);
    IS(holds(fd, "still here"), 1);
    CALL(SYS_FTRUNCATE, fd, 5L);
    CALL(SYS_FCHMOD, fd, 0640);
    IS(holds(fd, "still"), 1);
    IS(system_call(SYS_PWRITE64, fd, "!", 1L, 5L), 1);
    CALL(SYS_FSYNC, fd);
    struct stat s = status(fd);
    IS(s.size, 6);
    IS(s.mode, 0100640);
    make("gone", "another");
    IS(holds(fd, "still!"), 1);
    CALL(SYS_CLOSE, fd);
    remove_file("gone");
    what = "using a folder that was removed";
    CALL(SYS_MKDIRAT, CWD, "lost", 0755);
    fd = OPEN("lost", O_RDONLY | O_DIRECTORY, 0);
    CALL(SYS_UNLINKAT, CWD, "lost", AT_REMOVEDIR);
    FAILS(ENOENT, SYS_OPENAT, fd, "x", O_RDWR | O_CREAT, 0600);
    CALL(SYS_CLOSE, fd);
}

static void links(void)
{
    what = "hard links";
    make("one", "1");
    CALL(SYS_LINKAT, CWD, "one", CWD, "two", 0);
    IS(status_at("two", 0).nlink, 2);
    IS(status_at("one", 0).ino, status_at("two", 0).ino);
    FAILS(EEXIST, SYS_LINKAT, CWD, "one", CWD, "two", 0);
    make("two", "both");
    IS(file_holds("one", "both"), 1);
    remove_file("one");
    IS(file_holds("two", "both"), 1);
    IS(status_at("two", 0).nlink, 1);
    what = "symbolic links";
    char target[64] = {0};
    CALL(SYS_SYMLINKAT, "two", CWD, "link");
    IS(file_holds("link", "both"), 1);
    IS(system_call(SYS_READLINKAT, CWD, "link", target, sizeof target), 3);
    IS(status_at("link", AT_SYMLINK_NOFOLLOW).mode & 0170000, 0120000);
    FAILS(ELOOP, SYS_OPENAT, CWD, "link", O_RDONLY | O_NOFOLLOW, 0);
    make("link", "through");
    IS(file_holds("two", "through"), 1);
    remove_file("link");
    IS(file_holds("two", "through"), 1);
    CALL(SYS_SYMLINKAT, "nowhere", CWD, "link");
    FAILS(ENOENT, SYS_OPENAT, CWD, "link", O_RDONLY, 0);
    remove_file("link");
    CALL(SYS_SYMLINKAT, "self", CWD, "self");
    FAILS(ELOOP, SYS_OPENAT, CWD, "self", O_RDONLY, 0);
    remove_file("self");
    what = "a link that leads out of the folder, to the guest's own files";
    make("/tmp/own", "the guest's");
    CALL(SYS_SYMLINKAT, "/tmp/own", CWD, "out");
    IS(file_holds("out", "the guest's"), 1);
    remove_file("out");
    CALL(SYS_SYMLINKAT, "../../../../../../../../tmp/own", CWD, "out");
    IS(file_holds("out", "the guest's"), 1);
    remove_file("out");
    remove_file("two");
}

static void sizes(void)
{
    what = "holes and sizes";
    int fd = OPEN("sparse", O_RDWR | O_CREAT | O_TRUNC, 0644);
    char found[8] = "XXXXXXX";
    IS(system_call(SYS_PWRITE64, fd, "end", 3L, 1L << 32), 3);
    CALL(SYS_FSYNC, fd);
    IS(status(fd).size, (1L << 32) + 3);
    IS(status(fd).blocks < 4096, 1);
    IS(system_call(SYS_PREAD64, fd, found, 7L, (1L << 32) - 4), 7);
    IS(memcmp(found, "\0\0\0\0end", 7), 0);
    CALL(SYS_FTRUNCATE, fd, 3L);
    CALL(SYS_FTRUNCATE, fd, 10000L);
    IS(system_call(SYS_PREAD64, fd, found, 7L, 0L), 7);
    IS(memcmp(found, "\0\0\0\0\0\0\0", 7), 0);
    IS(system_call(SYS_PREAD64, fd, found, 7L, 9998L), 2);
    IS(system_call(SYS_PREAD64, fd, found, 7L, 10000L), 0);
    CALL(SYS_CLOSE, fd);
    CALL(SYS_TRUNCATE, "sparse", 1L);
    IS(status_at("sparse", 0).size, 1);
    remove_file("sparse");
}

static void mappings(void)
{
    what = "mapping memory";
    int fd = OPEN("mapped", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CALL(SYS_FTRUNCATE, fd, 20000L);
    char *shared = (char *)at_least(system_call(SYS_MMAP, 0L, 20000L, 3, 1, fd, 0L), __LINE__);
    char *own = (char *)at_least(system_call(SYS_MMAP, 0L, 20000L, 3, 2, fd, 0L), __LINE__);
    own[0] = 'o';
    for (int i = 0; i < 20000; i++)
        shared[i] = (char)(i * 7);
    CALL(SYS_MSYNC, shared, 20000L, 4);
    static char found[20000];
    int other = OPEN("mapped", O_RDONLY, 0);
    IS(system_call(SYS_READ, other, found, 20000L), 20000);
    for (int i = 0; i < 20000; i++)
        IS(found[i], (char)(i * 7));
    IS(own[0], 'o');
    IS(system_call(SYS_PWRITE64, fd, "written", 7L, 4096L), 7);
    IS(memcmp(shared + 4096, "written", 7), 0);
    CALL(SYS_MUNMAP, shared, 20000L);
    CALL(SYS_MUNMAP, own, 20000L);
    CALL(SYS_CLOSE, other);
    CALL(SYS_CLOSE, fd);
    remove_file("mapped");
}

static int try_lock(int fd, int type, long start, long length)
{
    struct flock lock = {.type = (int16_t)type, .start = start, .len = length};
    return (int)system_call(SYS_FCNTL, fd, 6, &lock); /* F_SETLK */
}

static void locks(void)
{
    what = "locks of records";
    int fd = OPEN("locked", O_RDWR | O_CREAT, 0644);
    IS(try_lock(fd, 1, 10, 10), 0); /* F_WRLCK */
    IS(try_lock(fd, 1, 15, 20), 0); /* its own are no hindrance */
    long child = fork();
    if (child == 0) {
        int again = OPEN("locked", O_RDWR, 0);
        struct flock lock = {.type = 1, .start = 0, .len = 0};
        IS(try_lock(again, 0, 30, 1), -EAGAIN);
        IS(try_lock(again, 1, 0, 10), 0);
        CALL(SYS_FCNTL, again, 5, &lock); /* F_GETLK */
        IS(lock.type, 1);
        IS(lock.start, 10);
        system_call(SYS_EXIT, 0);
    }
    IS(exit_code(child), 0);
    IS(try_lock(fd, 0, 0, 10), 0); /* the child's ended with it */
    CALL(SYS_CLOSE, fd);
    what = "locks of files";
    fd = OPEN("locked", O_RDWR, 0);
    CALL(SYS_FLOCK, fd, 2); /* LOCK_EX */
    child = fork();
    if (child == 0) {
        int again = OPEN("locked", O_RDWR, 0);
        FAILS(EAGAIN, SYS_FLOCK, again, 2 | 4);
        system_call(SYS_EXIT, 0);
    }
    IS(exit_code(child), 0);
    CALL(SYS_FLOCK, fd, 8);
    CALL(SYS_CLOSE, fd);
    remove_file("locked");
}

static void times_and_modes(void)
{
    what = "times";
    int64_t times[4] = {1000000000, 123456789, 1111111111, 987654321};
    int fd = OPEN("timed", O_RDWR | O_CREAT, 0644);
    CALL(SYS_UTIMENSAT, CWD, "timed", times, 0);
    struct stat s = status(fd);
    IS(s.atime, 1000000000);
    IS(s.atime_nsec == 123456789 || s.atime_nsec == 0, 1); /* Linux's 9p sets whole seconds only */
    IS(s.mtime, 1111111111);
    IS(s.mtime_nsec == 987654321 || s.mtime_nsec == 0, 1);
    int64_t only[4] = {0, (1 << 30) - 2, 0, (1 << 30) - 1}; /* UTIME_OMIT, UTIME_NOW */
    CALL(SYS_UTIMENSAT, CWD, "timed", only, 0);
    s = status(fd);
    IS(s.atime, 1000000000);
    IS(s.mtime > 1600000000, 1);
    CALL(SYS_SYMLINKAT, "timed", CWD, "timed-link");
    CALL(SYS_UTIMENSAT, CWD, "timed-link", times, AT_SYMLINK_NOFOLLOW);
    IS(status_at("timed-link", AT_SYMLINK_NOFOLLOW).mtime, 1111111111);
    IS(status_at("timed", 0).mtime > 1600000000, 1);
    remove_file("timed-link");
    what = "permissions";
    system_call(SYS_UMASK, 0);
    CALL(SYS_FCHMODAT, CWD, "timed", 0407);
    IS(status(fd).mode, 0100407);
    CALL(SYS_FCHMOD, fd, 0600);
    IS(status(fd).mode, 0100600);
    IS(system_call(SYS_FCHOWN, fd, s.uid, s.gid), 0);
    CALL(SYS_CLOSE, fd);
    CALL(SYS_CLOSE, OPEN("open", O_RDWR | O_CREAT, 0666));
    IS(status_at("open", 0).mode, 0100666);
    CALL(SYS_MKDIRAT, CWD, "sticky", 01777);
    IS(status_at("sticky", 0).mode, 041777);
    CALL(SYS_UNLINKAT, CWD, "sticky", AT_REMOVEDIR);
    CALL(SYS_CLOSE, OPEN("read-only", O_RDWR | O_CREAT, 0444)); /* what a file is made with does not bind its maker */
    remove_file("read-only");
    remove_file("open");
    remove_file("timed");
}

static void names(void)
{
    what = "names";
    static char name[300];
    int n = 0;
    for (int c = 1; c < 256; c++)
        if (c != '/')
            name[n++] = (char)c;
    name[n++] = 'x';
    IS(n, 255);
    make(name, "odd");
    IS(file_holds(name, "odd"), 1);
    remove_file(name);
    name[n] = 'y';
    FAILS(ENAMETOOLONG, SYS_OPENAT, CWD, name, O_RDWR | O_CREAT, 0600);
    make(" ", "blank");
    make("...", "dots");
    IS(file_holds("...", "dots"), 1);
    remove_file("...");
    remove_file(" ");
}

static void pipes(void)
{
    what = "pipes";
    CALL(SYS_MKNODAT, CWD, "pipe", 0010600, 0);
    IS(status_at("pipe", 0).mode, 0010600);
    long child = fork();
    if (child == 0) {
        put_text(OPEN("pipe", O_WRONLY, 0), "through the pipe");
        system_call(SYS_EXIT, 0);
    }
    char found[32] = {0};
    int fd = OPEN("pipe", O_RDONLY, 0);
    IS(system_call(SYS_READ, fd, found, sizeof found), 16);
    IS(exit_code(child), 0);
    CALL(SYS_CLOSE, fd);
    remove_file("pipe");
    FAILS(EPERM, SYS_MKNODAT, CWD, "device", 0020600, 0x103);
}

static void attributes(void)
{
    what = "attributes";
    char found[64];
    int fd = OPEN("attributed", O_RDWR | O_CREAT, 0600);
    long set = system_call(SYS_FSETXATTR, fd, "user.color", "red", 3L, 0);
    if (set == -EOPNOTSUPP) {
        print("the host's file system has no attributes of users\n");
    } else {
        IS(set, 0);
        IS(system_call(SYS_FGETXATTR, fd, "user.color", found, sizeof found), 3);
        IS(memcmp(found, "red", 3), 0);
        IS(system_call(SYS_FLISTXATTR, fd, found, sizeof found), 11);
        FAILS(EEXIST, SYS_FSETXATTR, fd, "user.color", "blue", 4L, 1);
        FAILS(ENODATA, SYS_FSETXATTR, fd, "user.none", "blue", 4L, 2);
        CALL(SYS_FREMOVEXATTR, fd, "user.color");
        FAILS(ENODATA, SYS_FGETXATTR, fd, "user.color", found, sizeof found);
    }
    CALL(SYS_CLOSE, fd);
    remove_file("attributed");
}

static void file_system(void)
{
    what = "the file system";
    uint64_t space[16] = {0};
    CALL(SYS_STATFS, ".", space);
    IS(space[0], 0x01021997);
    IS(space[2] > 0 && space[3] > 0, 1);
}

struct entry { /* getdents64(2) */
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

static char *number_name(char *name, int n)
{
    memcpy(name, "file-00000", 11);
    for (char *p = name + 9; n > 0; n /= 10)
        *p-- = (char)('0' + n % 10);
    return name;
}

/* How many entries there are; `each` may remove one. */
static int entries(int fd, void (*each)(int fd, const char *name))
{
    static char buffer[4096] __attribute__((aligned(8)));
    int count = 0;
    CALL(SYS_LSEEK, fd, 0L, 0);
    for (long n; (n = at_least(system_call(SYS_GETDENTS64, fd, buffer, sizeof buffer), __LINE__)) > 0;)
        for (long at = 0; at < n;) {
            const struct entry *e = (const struct entry *)(buffer + at);
            if (e->name[0] != '.') {
                count++;
                if (each)
                    each(fd, e->name);
            }
            at += e->length;
        }
    return count;
}

static void remove_entry(int fd, const char *name) { CALL(SYS_UNLINKAT, fd, name, 0); }

static void large_folder(int files)
{
    what = "a large folder";
    char name[16];
    CALL(SYS_MKDIRAT, CWD, "large", 0755);
    int folder = OPEN("large", O_RDONLY | O_DIRECTORY, 0);
    for (int n = 0; n < files; n++)
        CALL(SYS_CLOSE, (int)at_least(system_call(SYS_OPENAT, folder, number_name(name, n), O_WRONLY | O_CREAT | O_EXCL, 0644), __LINE__));
    IS(entries(folder, 0), files);
    IS(entries(folder, remove_entry), files); /* removed while it is read, none is missed */
    IS(entries(folder, 0), 0);
    CALL(SYS_CLOSE, folder);
    CALL(SYS_UNLINKAT, CWD, "large", AT_REMOVEDIR);
}

/* The folder has "file", "folder" and "link". */
static void refusals(void)
{
    what = "a folder that is only read";
    IS(file_holds("file", "kept"), 1);
    FAILS(EROFS, SYS_OPENAT, CWD, "file", O_RDWR, 0);
    FAILS(EROFS, SYS_OPENAT, CWD, "file", O_WRONLY | O_TRUNC, 0);
    FAILS(EROFS, SYS_OPENAT, CWD, "new", O_RDWR | O_CREAT, 0600);
    FAILS(EROFS, SYS_TRUNCATE, "file", 1L);
    FAILS(EROFS, SYS_FCHMODAT, CWD, "file", 0600);
    FAILS(EROFS, SYS_UTIMENSAT, CWD, "file", 0L, 0);
    FAILS(EROFS, SYS_MKDIRAT, CWD, "new", 0755);
    FAILS(EROFS, SYS_MKNODAT, CWD, "new", 0010600, 0);
    FAILS(EROFS, SYS_SYMLINKAT, "file", CWD, "new");
    FAILS(EROFS, SYS_LINKAT, CWD, "file", CWD, "new", 0);
    FAILS(EROFS, SYS_RENAMEAT2, CWD, "file", CWD, "new", 0);
    FAILS(EROFS, SYS_UNLINKAT, CWD, "file", 0);
    FAILS(EROFS, SYS_UNLINKAT, CWD, "folder", AT_REMOVEDIR);
    IS(file_holds("file", "kept"), 1);
    print("REFUSED\n");
}

static int decimal(const char *text)
{
    int n = 0;
    for (const char *p = text; *p; p++)
        n = n * 10 + *p - '0';
    return n;
}

int run(int argc, char **argv)
{
    if (argc < 2 || system_call(49, argv[1]) < 0) /* chdir */
        fail("give a folder, and how many files a large one has, or 'refused'");
    if (argc > 2 && !strcmp(argv[2], "refused")) {
        refusals();
        return 0;
    }
    creates();
    renames();
    open_without_a_name();
    links();
    sizes();
    mappings();
    locks();
    times_and_modes();
    names();
    pipes();
    attributes();
    file_system();
    large_folder(argc > 2 ? decimal(argv[2]) : 100);
    print("POSIX\n");
    return 0;
}
