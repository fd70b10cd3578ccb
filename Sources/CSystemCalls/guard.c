#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "descriptors.h"

/// From SIGTERM to SIGKILL. Nothing may outlive us by more than a second; the other half is for a busy
/// machine.
static const struct timespec patience = {.tv_sec = 0, .tv_nsec = 500 * 1000 * 1000};

enum word { word_watch = 1, word_dismissed = 2 };

/// What we tell the guard: written at once, so never in pieces.
struct message {
    int32_t word;
    int32_t process;
};

/// A child that is not in the guard's group. The descriptor names the process for good: its number may be
/// given to another once the child is gone.
struct watched {
    pid_t process;
    int descriptor;
};

static void watch(struct watched *child, pid_t process) {
    child->process = process;
#if defined(__linux__) && defined(SYS_pidfd_open)
    child->descriptor = (int)syscall(SYS_pidfd_open, process, 0);
#endif
}

static void end_watched(const struct watched *child, int number) {
#if defined(__linux__) && defined(SYS_pidfd_send_signal)
    if (child->descriptor >= 0) {
        syscall(SYS_pidfd_send_signal, child->descriptor, number, NULL, 0);
        return;
    }
#endif
    kill(child->process, number);
}

static void wait_patiently(void) {
    struct timespec left = patience;
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

/// The whole life of the guard. Every signal that can be is blocked: those that we send to the group reach it
/// too.
static _Noreturn void guard_main(int words) {
    setpgid(0, 0);
    if (words != 0) dup2(words, 0);
    csystem_close_from(1);
    // A directory that is held cannot be unmounted.
    if (chdir("/") != 0) {}
#if defined(__linux__)
    prctl(PR_SET_NAME, "mcptape-guard");
#endif
    struct watched child = {.process = 0, .descriptor = -1};
    for (;;) {
        struct message message = {0, 0};
        ssize_t count = read(0, &message, sizeof message);
        if (count < 0 && errno == EINTR) continue;
        if (count != (ssize_t)sizeof message) break;
        if (message.word == word_dismissed) _exit(0);
        if (message.word == word_watch) watch(&child, message.process);
    }
    if (child.process > 0) {
        end_watched(&child, SIGTERM);
        end_watched(&child, SIGCONT);
        wait_patiently();
        end_watched(&child, SIGKILL);
        _exit(0);
    }
    // We lead the group for as long as we live, so its number is nobody else's.
    pid_t group = getpid();
    if (getpgrp() != group) _exit(0);
    kill(-group, SIGTERM);
    // A stopped process takes the signal only when it goes on.
    kill(-group, SIGCONT);
    wait_patiently();
    kill(-group, SIGKILL);
    _exit(0);
}

int csystem_guard_start(struct csystem_guard *guard) {
    guard->process = 0;
    guard->words = -1;
    int ends[2];
    int status = csystem_pipe(ends);
    if (status != 0) return status;
    // Blocked before the fork, so that no handler of ours ever runs in the guard.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
#if defined(__GLIBC__)
    pid_t process = _Fork();
#else
    pid_t process = fork();
#endif
    if (process == 0) guard_main(ends[0]);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[0]);
    if (process < 0) {
        close(ends[1]);
        return -error;
    }
    // Both sides do it: the child is put into this group next, and the guard may not have run yet.
    setpgid(process, process);
    guard->process = process;
    guard->words = ends[1];
    return 0;
}

/// Tells the guard. It may have died of a SIGKILL to the group, so a broken pipe is an answer, not a signal.
static int tell(const struct csystem_guard *guard, enum word word, pid_t process) {
    struct message message = {.word = word, .process = process};
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    ssize_t count = write(guard->words, &message, sizeof message);
    int error = errno;
    if (count < 0 && error == EPIPE && !sigismember(&before, SIGPIPE)) {
        // The signal is ours: take it before it is unblocked.
        sigpending(&pending);
        int taken = 0;
        if (sigismember(&pending, SIGPIPE)) sigwait(&pipe, &taken);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count == (ssize_t)sizeof message ? 0 : -error;
}

int csystem_guard_watch(struct csystem_guard *guard, pid_t child) {
    return tell(guard, word_watch, child);
}

/// Whether anybody but the guard is in the group that it leads.
///
/// The guard moves to our group for the question and back: a signal number of 0 asks, and answers for itself
/// otherwise. It has not called exec, so its parent may move it.
static int is_alone(pid_t group) {
    if (setpgid(group, getpgrp()) != 0) return 0;
    int alone = kill(-group, 0) != 0 && errno == ESRCH;
    if (!alone) setpgid(group, group);
    return alone;
}

int csystem_guard_end(struct csystem_guard *guard, pid_t group) {
    if (guard->process <= 0) return 1;
    int dismissed = 0;
    int status;
    if (waitpid(guard->process, &status, WNOHANG) == guard->process) {
        // It was killed with its group.
        dismissed = 1;
    } else if (group == 0 || is_alone(group)) {
        tell(guard, word_dismissed, 0);
        while (waitpid(guard->process, &status, 0) < 0 && errno == EINTR) {}
        dismissed = 1;
    }
    close(guard->words);
    guard->words = -1;
    guard->process = 0;
    return dismissed;
}
