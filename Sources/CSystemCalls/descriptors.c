#define _GNU_SOURCE
#include "descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

int csystem_descriptor_kind(int descriptor) {
    struct stat facts;
    if (fstat(descriptor, &facts) != 0) return -errno;
    if (S_ISFIFO(facts.st_mode)) return csystem_kind_pipe;
    if (S_ISSOCK(facts.st_mode)) return csystem_kind_socket;
    if (S_ISCHR(facts.st_mode)) {
        if (isatty(descriptor)) return csystem_kind_terminal;
        struct stat null;
        if (stat("/dev/null", &null) == 0 && null.st_rdev == facts.st_rdev) return csystem_kind_null;
    }
    return csystem_kind_file;
}

int csystem_same_object(int a, int b) {
    struct stat first, second;
    if (fstat(a, &first) != 0 || fstat(b, &second) != 0) return 0;
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

#if defined(__linux__)
/// Set once the kernel refused RWF_NOWAIT on a pipe: it always will.
static atomic_int cannot_read_now;
static atomic_int cannot_write_now;
#endif

intptr_t csystem_read_now(int descriptor, int kind, void *bytes, size_t count) {
    ssize_t got;
    if (kind == csystem_kind_socket) {
        got = recv(descriptor, bytes, count, MSG_DONTWAIT);
        return got < 0 ? -errno : got;
    }
#if defined(__linux__)
    if (kind == csystem_kind_pipe && !atomic_load_explicit(&cannot_read_now, memory_order_relaxed)) {
        struct iovec range = {.iov_base = bytes, .iov_len = count};
        got = preadv2(descriptor, &range, 1, -1, RWF_NOWAIT);
        if (got >= 0) return got;
        if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return -errno;
        atomic_store_explicit(&cannot_read_now, 1, memory_order_relaxed);
    }
#endif
    got = read(descriptor, bytes, count);
    return got < 0 ? -errno : got;
}

intptr_t csystem_write_now(int descriptor, int kind, const void *bytes, size_t count, int after_poll) {
    ssize_t put;
    if (kind == csystem_kind_socket) {
        put = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        return put < 0 ? -errno : put;
    }
    if (kind == csystem_kind_pipe) {
#if defined(__linux__)
        if (!atomic_load_explicit(&cannot_write_now, memory_order_relaxed)) {
            struct iovec range = {.iov_base = (void *)bytes, .iov_len = count};
            put = pwritev2(descriptor, &range, 1, -1, RWF_NOWAIT);
            if (put >= 0) return put;
            if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return -errno;
            atomic_store_explicit(&cannot_write_now, 1, memory_order_relaxed);
        }
#endif
        // A pipe that poll calls writable has room for PIPE_BUF bytes. Source: pipe(7), poll(2).
        if (!after_poll) return -EAGAIN;
        if (count > PIPE_BUF) count = PIPE_BUF;
    }
    put = write(descriptor, bytes, count);
    return put < 0 ? -errno : put;
}

int csystem_pipe(int ends[2]) {
#if defined(__linux__)
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno;
#else
    if (pipe(ends) != 0) return -errno;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

int csystem_never_wait(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : -errno;
}

void csystem_close_from(int first) {
#if defined(__linux__)
    // Linux 5.9 on.
    if (close_range((unsigned)first, ~0U, 0) == 0) return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    // A container may say a billion; nobody holds so many when a program has just begun.
    if (limit < 0 || limit > 65536) limit = 65536;
    for (int descriptor = first; descriptor < limit; descriptor++) close(descriptor);
}

int csystem_occupy_standard_descriptors(void) {
    int closed = 0;
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        closed |= 1 << descriptor;
        // The lowest free number is this one: those before it are taken.
        if (open("/dev/null", O_RDWR) < 0) {}
    }
    return closed;
}

void csystem_retire(int descriptor) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) {
        // No descriptor is free, so this one's becomes the free one.
        close(descriptor);
        if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) {}
        return;
    }
    dup2(null, descriptor);
    close(null);
}

int csystem_inheritable(int *descriptors, int limit) {
#if defined(__linux__)
    DIR *list = opendir("/proc/self/fd");
#else
    DIR *list = opendir("/dev/fd");
#endif
    if (list == NULL) return 0;
    int count = 0;
    struct dirent *entry;
    while (count < limit && (entry = readdir(list)) != NULL) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        int descriptor = atoi(entry->d_name);
        if (descriptor < 3 || descriptor == dirfd(list)) continue;
        int flags = fcntl(descriptor, F_GETFD);
        if (flags >= 0 && !(flags & FD_CLOEXEC)) descriptors[count++] = descriptor;
    }
    closedir(list);
    return count;
}
