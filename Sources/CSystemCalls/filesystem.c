#include "filesystem.h"

#include <errno.h>
#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

int csystem_filesystem(const char *path, struct csystem_filesystem *out) {
    struct statfs s;
    if (statfs(path, &s) != 0) return -errno;
#if defined(__linux__)
    out->type = (int64_t)s.f_type;
#else
    out->type = 0;
#endif
    out->total = (uint64_t)s.f_blocks * (uint64_t)s.f_bsize;
    out->available = (uint64_t)s.f_bavail * (uint64_t)s.f_bsize;
    return 0;
}
