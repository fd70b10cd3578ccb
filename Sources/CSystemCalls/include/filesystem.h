#ifndef CSYSTEM_FILESYSTEM_H
#define CSYSTEM_FILESYSTEM_H

#include <stdint.h>

/// What statfs(2) says of the file system that holds a path.
struct csystem_filesystem {
    int64_t type;        ///< f_type, the magic number (0x01021994 is tmpfs); 0 where there is none
    uint64_t total;      ///< bytes
    uint64_t available;  ///< bytes an ordinary user may still take
};

/// Zero, or minus errno.
int csystem_filesystem(const char *path, struct csystem_filesystem *out);

#endif
