#define _GNU_SOURCE
#include "server_process.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "descriptors.h"
#include "signals.h"

extern char **environ;

/// More than any host hands over on purpose; the rest stays open in us, which only delays an end of file.
#define INHERITED_LIMIT 1024

static void close_pair(int pair[2]) {
    for (int end = 0; end < 2; end++) {
        if (pair[end] >= 0) close(pair[end]);
        pair[end] = -1;
    }
}

/// The pipes between us and the server: [0] is read, [1] is written.
struct pipes {
    int input[2];
    int output[2];
    int error[2];
};

static void close_pipes(struct pipes *pipes) {
    close_pair(pipes->input);
    close_pair(pipes->output);
    close_pair(pipes->error);
}

static int make_pipes(const struct csystem_server_request *request, struct pipes *pipes) {
    int status = 0;
    if (!(request->closed & 1)) status = csystem_pipe(pipes->input);
    if (status == 0 && !(request->closed & 2)) status = csystem_pipe(pipes->output);
    if (status == 0 && !(request->closed & 4) && !request->shares_output) status = csystem_pipe(pipes->error);
    // O_NONBLOCK on our ends only: the other end of a pipe is another open file.
    if (status == 0 && pipes->input[1] >= 0) status = csystem_never_wait(pipes->input[1]);
    if (status == 0 && pipes->output[0] >= 0) status = csystem_never_wait(pipes->output[0]);
    if (status == 0 && pipes->error[0] >= 0) status = csystem_never_wait(pipes->error[0]);
    return status;
}

static int place(posix_spawn_file_actions_t *actions, int descriptor, int number) {
    if (descriptor < 0) return posix_spawn_file_actions_addclose(actions, number);
    return posix_spawn_file_actions_adddup2(actions, descriptor, number);
}

/// Closes in the server what is open from 3 on, while other threads open more.
static int close_rest(posix_spawn_file_actions_t *actions) {
#if defined(__linux__)
    // glibc 2.34 on.
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#else
    // The system does it by a flag.
    (void)actions;
    return 0;
#endif
}

/// One attempt. Zero, or an errno.
static int spawn_path(
    const char *path, const struct csystem_server_request *request, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, pid_t *process
) {
    char *const *environment = request->environment ? request->environment : environ;
    int error = posix_spawn(process, path, actions, attributes, request->arguments, environment);
    if (error != ENOEXEC) return error;
    // Like execvp(3): hosts that use it (Node among them) run such a file with the shell.
    size_t count = 0;
    while (request->arguments[count] != NULL) count++;
    char **arguments = calloc(count + 2, sizeof *arguments);
    if (arguments == NULL) return ENOMEM;
    arguments[0] = "/bin/sh";
    arguments[1] = (char *)path;
    for (size_t n = 1; n < count; n++) arguments[n + 1] = request->arguments[n];
    error = posix_spawn(process, "/bin/sh", actions, attributes, arguments, environment);
    free(arguments);
    return error;
}

const char *csystem_search_path(void) {
    const char *path = getenv("PATH");
    return path ? path : "/bin:/usr/bin";
}

/// Tries each directory of the search path in turn, as execvp(3) does. Zero, or an errno.
static int spawn_searching(
    const struct csystem_server_request *request, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, pid_t *process
) {
    const char *name = request->arguments[0];
    if (name == NULL || *name == 0) return ENOENT;
    if (strchr(name, '/') != NULL) return spawn_path(name, request, actions, attributes, process);
    size_t length = strlen(name);
    if (length > NAME_MAX) return ENAMETOOLONG;
    int refused = 0;
    const char *rest = request->search ? request->search : csystem_search_path();
    for (;;) {
        const char *end = strchr(rest, ':');
        if (end == NULL) end = rest + strlen(rest);
        size_t directory = (size_t)(end - rest);
        char path[PATH_MAX + NAME_MAX + 2];
        if (directory < PATH_MAX) {
            memcpy(path, rest, directory);
            // An empty entry is the working directory.
            size_t at = directory;
            if (directory > 0) path[at++] = '/';
            memcpy(path + at, name, length + 1);
            struct stat facts;
            // Looking first spares a process for every directory that does not have it.
            int error = stat(path, &facts) != 0 ? errno : S_ISDIR(facts.st_mode) ? EACCES : 0;
            if (error == 0) error = spawn_path(path, request, actions, attributes, process);
            switch (error) {
            case 0: return 0;
            case EACCES: refused = 1; break;
            case ENOENT: case ENOTDIR: case ESTALE: case ENODEV: case ETIMEDOUT: break;
            default: return error;
            }
        }
        if (*end == 0) break;
        rest = end + 1;
    }
    return refused ? EACCES : ENOENT;
}

#if defined(__GLIBC__)
/// Adds the two signals that glibc keeps for itself to `defaults`, unless we were given them ignored.
///
/// posix_spawn(3) ignores them in the child when nobody asks otherwise, and a server could see that it was
/// started so. glibc's own functions refuse their numbers. Source: glibc 2.36,
/// sysdeps/unix/sysv/linux/spawni.c.
static void add_reserved(sigset_t *defaults) {
    for (int number = 32; number <= 33; number++) {
        struct { void *handler; unsigned long rest[3]; } given = {NULL, {0}};
        long status = syscall(SYS_rt_sigaction, number, NULL, &given, (size_t)8);
        if (status == 0 && given.handler == (void *)SIG_IGN) continue;
        ((unsigned long *)defaults)[0] |= 1UL << (number - 1);
    }
}
#endif

static int spawn_server(
    const struct csystem_server_request *request, const struct pipes *pipes, pid_t group, pid_t *process
) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    short flags = POSIX_SPAWN_SETSIGMASK;
#if defined(__APPLE__)
    if (request->keeps_none) flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    // The mask and, as nothing of ours is installed yet, the dispositions are those that we were given.
    error = posix_spawnattr_setsigmask(&attributes, csystem_signals_given_mask());
    if (error == 0 && group > 0) {
        flags |= POSIX_SPAWN_SETPGROUP;
        error = posix_spawnattr_setpgroup(&attributes, group);
    }
#if defined(__GLIBC__)
    sigset_t defaults;
    sigemptyset(&defaults);
    add_reserved(&defaults);
    flags |= POSIX_SPAWN_SETSIGDEF;
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &defaults);
#endif
    if (error == 0) error = posix_spawnattr_setflags(&attributes, flags);
    if (error == 0) error = place(&actions, pipes->input[0], 0);
    if (error == 0) error = place(&actions, pipes->output[1], 1);
    if (error == 0) {
        int standard_error = request->shares_output ? pipes->output[1] : pipes->error[1];
        error = place(&actions, standard_error, 2);
    }
    if (error == 0 && request->keeps_none) error = close_rest(&actions);
    if (error == 0) error = spawn_searching(request, &actions, &attributes, process);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int watch_exit(pid_t process) {
#if defined(__linux__) && defined(SYS_pidfd_open)
    // Always close-on-exec. Source: pidfd_open(2).
    return (int)syscall(SYS_pidfd_open, process, 0);
#else
    return -1;
#endif
}

int csystem_server_start(
    const struct csystem_server_request *request, struct csystem_server *server, int *ours) {
    struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}};
    *server = (struct csystem_server){
        .guard = {.process = 0, .words = -1},
        .input = -1,
        .output = -1,
        .error_output = -1,
        .exit_watch = -1};
    *ours = 1;
    int inherited[INHERITED_LIMIT];
    int inherited_count = request->hands_over ? csystem_inheritable(inherited, INHERITED_LIMIT) : 0;
    int status = make_pipes(request, &pipes);
    if (status == 0) status = csystem_guard_start(&server->guard);
    if (status != 0) {
        close_pipes(&pipes);
        return status;
    }
    server->group = request->foreground ? 0 : server->guard.process;
    int error = spawn_server(request, &pipes, server->group, &server->process);
    if (error != 0) {
        *ours = 0;
        close_pipes(&pipes);
        csystem_guard_end(&server->guard, server->group);
        server->process = 0;
        return -error;
    }
    if (server->group == 0) csystem_guard_watch(&server->guard, server->process);
    for (int n = 0; n < inherited_count; n++) close(inherited[n]);
    server->input = pipes.input[1];
    server->output = pipes.output[0];
    server->error_output = pipes.error[0];
    pipes.input[1] = pipes.output[0] = pipes.error[0] = -1;
    close_pipes(&pipes);
    server->exit_watch = watch_exit(server->process);
    return 0;
}

int csystem_server_reap(struct csystem_server *server, int *status) {
    pid_t process;
    do {
        process = waitpid(server->process, status, WNOHANG);
    } while (process < 0 && errno == EINTR);
    if (process < 0) return -errno;
    return process == server->process;
}

int csystem_server_signal(const struct csystem_server *server, int number) {
    if (server->process <= 0) return -ESRCH;
    return kill(server->group > 0 ? -server->group : server->process, number) == 0 ? 0 : -errno;
}

int csystem_exit_code(int status, int *value) {
    if (WIFSIGNALED(status)) {
        *value = WTERMSIG(status);
        return 0;
    }
    *value = WEXITSTATUS(status);
    return 1;
}
