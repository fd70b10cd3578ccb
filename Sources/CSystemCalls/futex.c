#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "futex.h"

#include <errno.h>
#include <time.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

static struct timespec duration(int64_t nanoseconds) {
    struct timespec t = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return t;
}

void csystem_nap(int64_t nanoseconds) {
    if (nanoseconds <= 0) return;
    struct timespec t = duration(nanoseconds);
    nanosleep(&t, 0);
}

#if defined(__linux__)
void csystem_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds) {
    struct timespec t;
    if (nanoseconds >= 0) t = duration(nanoseconds);
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nanoseconds >= 0 ? &t : NULL, NULL, 0);
}

void csystem_futex_wake(const uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
}

int csystem_yield_priority(int steps) {
    int thread = (int)syscall(SYS_gettid);
    errno = 0;
    int now = getpriority(PRIO_PROCESS, (id_t)thread);
    if (now == -1 && errno != 0) return -errno;
    return setpriority(PRIO_PROCESS, (id_t)thread, now + steps) == 0 ? 0 : -errno;
}
#else
// Nothing public wakes a sleeper by address here, so it looks again. 2 ms: seldom enough to cost nothing,
// often enough for a commit that is due in 200.
void csystem_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds) {
    const int64_t step = 2000000;
    int64_t left = nanoseconds;
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == expected && left != 0) {
        int64_t nap = left >= 0 && left < step ? left : step;
        csystem_nap(nap);
        if (left > 0) left -= nap;
    }
}

void csystem_futex_wake(const uint32_t *word) { (void)word; }

int csystem_yield_priority(int steps) {
    (void)steps;
    return 0;
}
#endif
