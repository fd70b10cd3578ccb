#ifndef CSYSTEM_SIGNALS_H
#define CSYSTEM_SIGNALS_H

#include <stdint.h>

/// A signal that arrived.
struct csystem_signal {
    int32_t number;
    /// 1: the kernel sent it (a key on the terminal), 0: a process did.
    int32_t from_kernel;
};

/// Holds back every signal that is passed on to the server, from before the server starts until
/// `csystem_signals_open`. Remembers the mask that we were given; only the first call does.
void csystem_signals_hold(void);

/// The mask that we were given when the program began: a sigset_t, named here without the headers of the
/// system, which would make its types ours for Swift.
const void *csystem_signals_given_mask(void);

/// Keeps the mask of the calling thread as the one that children get, unless one is kept already.
void csystem_signals_keep_given_mask(void);

/// Receives signals from now on: the answer is a descriptor that is readable when one arrived, or minus
/// errno.
///
/// What we were given ignored stays ignored. SIGPIPE gets an empty handler. Call it in the thread that
/// received them on hold, after the server was started: a program that is executed later would lose ignored
/// signals.
int csystem_signals_open(void);

/// The next signal: 1, or 0 when there is none.
int csystem_signals_next(struct csystem_signal *signal);

/// Gives every signal back the disposition that it had, and the mask.
void csystem_signals_close(void);

/// Gives SIGPIPE an empty handler when it would end us. Not SIG_IGN: an ignored signal stays ignored through
/// exec.
void csystem_signals_ignore_pipe(void);

/// Whether SIGPIPE is ignored: 1 or 0.
int csystem_signals_pipe_is_ignored(void);

/// Gives SIGPIPE an empty handler, whatever it had.
void csystem_signals_handle_pipe(void);

/// Stops this process as a job's stop key does.
void csystem_signals_stop_self(void);

#endif
