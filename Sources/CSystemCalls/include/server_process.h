#ifndef CSYSTEM_SERVER_PROCESS_H
#define CSYSTEM_SERVER_PROCESS_H

#include <stdint.h>

#include "guard.h"

/// How to start a server.
struct csystem_server_request {
    /// argv, ends with NULL.
    char *const *arguments;
    /// NULL: ours.
    char *const *environment;
    /// The directories that are searched for argv[0] when it has no slash; NULL: `csystem_search_path`.
    const char *search;
    /// Bit n: standard descriptor n is closed in the server too, since we were started without it.
    int closed;
    /// Standard output and standard error of the server are one pipe, as they are one object for us.
    int shares_output;
    /// The server stays in our process group (the terminal's foreground group).
    int foreground;
    /// Close in us what the server inherited from 3 on: its other ends must see when the server closes it.
    int hands_over;
    /// The server gets the standard descriptors alone: what else is open here is none of its business.
    int keeps_none;
};

/// What execvp(3) would search: PATH, or the C library's default.
const char *csystem_search_path(void);

/// A server that runs, and our ends.
struct csystem_server {
    int32_t process;
    /// The process group that signals go to; 0: the server stays in ours, and signals go to it alone.
    int32_t group;
    struct csystem_guard guard;
    /// Our ends, O_NONBLOCK, close-on-exec; -1: there is none.
    int input;
    int output;
    int error_output;
    /// Becomes readable when the server ends; -1: wait for SIGCHLD.
    int exit_watch;
};

/// Starts the server and its guard. Zero, or minus errno with nothing left behind.
///
/// `*ours` is set to 1 when the failure is one of us (no pipe, no process), 0 when the program could not be
/// executed. The search is that of execvp(3), also for a file that is neither a binary nor has an interpreter
/// line: /bin/sh runs it.
int csystem_server_start(
    const struct csystem_server_request *request, struct csystem_server *server, int *ours);

/// Takes the server's exit status when it has ended: 1 and wait status in `*status`, 0 while it runs, or
/// minus errno.
int csystem_server_reap(struct csystem_server *server, int *status);

/// Sends a signal to the server's group, or to the server where it is in ours. Zero, or minus errno.
int csystem_server_signal(const struct csystem_server *server, int number);

/// How waitpid(2) encodes it: 1 and the code, or 0 and the signal's number.
int csystem_exit_code(int status, int *value);

#endif
