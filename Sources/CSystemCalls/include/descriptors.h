#ifndef CSYSTEM_DESCRIPTORS_H
#define CSYSTEM_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

/// What a descriptor is, as far as reading and writing without waiting differs.
enum csystem_descriptor_kind {
    csystem_kind_own = 0,      ///< O_NONBLOCK is set on it: read(2) and write(2) never wait
    csystem_kind_pipe = 1,     ///< a pipe or FIFO that others share
    csystem_kind_socket = 2,   ///< a stream socket that others share
    csystem_kind_null = 3,     ///< the null device: never waits
    csystem_kind_terminal = 4, ///< writing may wait for as long as its user likes
    /// a regular file, a block device or something else: poll says nothing about it
    csystem_kind_file = 5,
};

/// The kind of a descriptor that we were given, or minus errno.
int csystem_descriptor_kind(int descriptor);

/// Whether two descriptors are the same pipe, socket or file.
int csystem_same_object(int a, int b);

/// Reads what is there and never waits for more, whatever flags the descriptor has; minus errno, -EAGAIN when
/// nothing is there. Call it after poll(2) said that there is something: where the system cannot read without
/// waiting (pipes before Linux 6.4), it reads as poll allows.
intptr_t csystem_read_now(int descriptor, int kind, void *bytes, size_t count);

/// Writes what fits and never waits for room, whatever flags the descriptor has; minus errno, -EAGAIN when
/// there is no room, -EPIPE (never a signal on a socket) when nobody reads.
///
/// `after_poll`: poll(2) said that there is room, so a pipe takes PIPE_BUF bytes at least. That is used where
/// the system cannot write without waiting.
intptr_t csystem_write_now(int descriptor, int kind, const void *bytes, size_t count, int after_poll);

/// A pipe with both ends close-on-exec; zero or minus errno.
int csystem_pipe(int ends[2]);

/// Sets O_NONBLOCK on an end that is ours alone; zero or minus errno.
int csystem_never_wait(int descriptor);

/// Closes every descriptor from `first` on. Async-signal-safe.
void csystem_close_from(int first);

/// Opens the null device on each of 0, 1 and 2 that is closed, so that no other descriptor gets its number.
/// Bit n of the answer: n was closed.
int csystem_occupy_standard_descriptors(void);

/// Puts the null device in place of a descriptor that we were given: to whoever holds its other end it is
/// closed, and its number stays taken.
void csystem_retire(int descriptor);

/// The descriptors from 3 on that a program started now would inherit (no FD_CLOEXEC); at most `limit` of
/// them. Their count.
int csystem_inheritable(int *descriptors, int limit);

#endif
