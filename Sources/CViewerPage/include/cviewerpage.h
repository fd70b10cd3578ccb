#ifndef CVIEWERPAGE_H
#define CVIEWERPAGE_H

// The files of the viewer's page, inside the binary: it must work wherever the binary is put.

#include <stddef.h>
#include <stdint.h>

/// One file as it is served.
typedef struct {
    /// Where it is served: `/` or `/page/NAME`.
    const char *_Nonnull path;
    /// The value of `Content-Type`.
    const char *_Nonnull content_type;
    /// Its bytes; no NUL ends them. They live as long as the process.
    const uint8_t *_Nonnull bytes;
    /// How many there are.
    size_t length;
} cviewerpage_file;

/// All files, in order of their paths.
const cviewerpage_file *_Nonnull cviewerpage_files(void);

/// How many files there are.
size_t cviewerpage_file_count(void);

#endif
