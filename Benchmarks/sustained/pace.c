/* An MCP server that says so many messages of so many bytes a second, for so many seconds, and ends.
 *
 *   pace RATE SECONDS BYTES      RATE 0: as fast as the pipe takes them, RATE * SECONDS being the count in
 * SECONDS
 *
 * Messages are progress notifications, numbered, so that a missing one is seen. Paced in steps of a
 * millisecond. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];

static void send_all(size_t count) {
    size_t at = 0;
    while (at < count) {
        ssize_t done = write(1, buffer + at, count - at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) exit(1);
        at += (size_t)done;
    }
}

static size_t message(char *out, size_t size, long number) {
    int count = snprintf(out, size,
                         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
                         "{\"progressToken\":1,\"progress\":%ld,\"message\":\"", number);
    size_t at = (size_t)count;
    while (at + 5 < size) {
        out[at] = (char)('a' + (at * 7 + (size_t)number) % 26);
        at++;
    }
    memcpy(out + at, "\"}}\n", 4);
    return at + 4;
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    long rate = atol(argv[1]), seconds = atol(argv[2]);
    size_t size = (size_t)atol(argv[3]);
    if (size < 128 || size > 4096) return 64;
    long total = rate == 0 ? seconds : rate * seconds;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    long sent = 0;
    while (sent < total) {
        long due = total;
        if (rate != 0) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            int64_t us = (now.tv_sec - start.tv_sec) * 1000000 + (now.tv_nsec - start.tv_nsec) / 1000;
            due = (long)(us * rate / 1000000);
            if (due > total) due = total;
        }
        if (due <= sent) {
            struct timespec nap = {0, 1000000};
            nanosleep(&nap, NULL);
            continue;
        }
        size_t at = 0;
        while (sent < due && at + size <= sizeof buffer) at += message(buffer + at, size, ++sent);
        send_all(at);
    }
    fprintf(stderr, "%ld\n", sent);
    return 0;
}
