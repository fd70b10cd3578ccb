// Round trips and throughput of several ways to reach the same server, interleaved in one run.
//
//   measure SIZE DEPTH COUNT ROUNDS NAME=COMMAND…
//
// Every way is started once and stays; a round sends COUNT requests of SIZE bytes through each in turn, DEPTH
// of them at most unanswered. DEPTH 1 is the round trip. The first name is the baseline of the ratios.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

#include "message.h"

#define WAY_LIMIT 16

struct way {
    const char *name;
    int to, from;
    pid_t process;
    double *round_trips;  // microseconds, of all rounds
    size_t round_trip_count;
    double *medians, *tails, *rates;  // one a round
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void fail(const char *what) {
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(70);
}

static void start(struct way *way, const char *command) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) fail("pipe");
    way->process = fork();
    if (way->process == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    way->to = to[1];
    way->from = from[0];
}

static char *make_message(size_t size) {
    char *message = malloc(size);
    memset(message, 'a', size);
    memcpy(message, HEAD_TEXT, ID_AT);
    memcpy(message + ID_AT, "10000000", ID_SIZE);
    memcpy(message + METHOD_AT, METHOD_TEXT, METHOD_SIZE);
    memcpy(message + METHOD_AT + METHOD_SIZE, TAIL_TEXT, sizeof TAIL_TEXT - 1);
    memcpy(message + size - (sizeof END_TEXT - 1), END_TEXT, sizeof END_TEXT - 1);
    return message;
}

static void count_up(char *message) {
    for (int n = ID_SIZE - 1; n >= 0; n--) {
        char *digit = message + ID_AT + n;
        if (*digit != '9') {
            ++*digit;
            return;
        }
        *digit = n == 0 ? '1' : '0';
    }
}

static void write_all(int to, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t put = write(to, bytes, count);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) fail("write");
        bytes += put;
        count -= (size_t)put;
    }
}

static void round_trip(struct way *way, char *message, size_t size, char *answer) {
    count_up(message);
    write_all(way->to, message, size);
    for (size_t have = 0; have < size;) {
        ssize_t got = read(way->from, answer + have, size - have);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) fail(way->name);
        have += (size_t)got;
    }
}

/// `depth` requests are written as one piece, as a client that has them would; answers are read as they come.
static void pipelined(struct way *way, char *message, size_t size, size_t depth, size_t count, char *buffer) {
    char *batch = malloc(depth * size);
    fcntl(way->to, F_SETFL, O_NONBLOCK);
    fcntl(way->from, F_SETFL, O_NONBLOCK);
    size_t sent = 0, received = 0, total = count * size, ready = 0, done = 0, made = 0;
    while (received < total) {
        if (done == ready) {
            size_t room = depth - (made - received / size);
            if (room > count - made) room = count - made;
            for (size_t n = 0; n < room; n++) {
                count_up(message);
                memcpy(batch + n * size, message, size);
            }
            ready = room * size;
            done = 0;
            made += room;
        }
        if (done < ready) {
            ssize_t put = write(way->to, batch + done, ready - done);
            if (put < 0 && errno != EAGAIN && errno != EINTR) fail("write");
            if (put > 0) {
                done += (size_t)put;
                sent += (size_t)put;
            }
        }
        ssize_t got = read(way->from, buffer, 65536);
        if (got == 0) fail(way->name);
        if (got > 0) {
            received += (size_t)got;
            continue;
        }
        struct pollfd polled[2] = {
            {.fd = way->from, .events = POLLIN}, {.fd = done < ready ? way->to : -1, .events = POLLOUT}};
        poll(polled, 2, -1);
    }
    fcntl(way->to, F_SETFL, 0);
    fcntl(way->from, F_SETFL, 0);
    free(batch);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double quantile(double *values, size_t count, double q) {
    qsort(values, count, sizeof *values, compare);
    size_t at = (size_t)(q * (double)count);
    return values[at >= count ? count - 1 : at];
}

static void report(struct way *ways, size_t way_count, size_t size, size_t depth, size_t rounds) {
    if (depth == 1) {
        printf("round trip of %zu bytes, microseconds\n", size);
        printf("%-28s %8s %8s %8s   %8s %7s %7s %7s\n", "", "min p50", "p50", "max p50", "p99", "p99.9",
            "x p50", "x p99");
    } else {
        printf("%zu bytes, %zu unanswered at most, messages a second\n", size, depth);
        printf("%-28s %9s %9s %9s %9s %7s\n", "", "min", "median", "max", "MB/s", "x");
    }
    double base = 0, base_tail = 0;
    for (size_t n = 0; n < way_count; n++) {
        struct way *way = &ways[n];
        if (depth == 1) {
            double p50 = quantile(way->medians, rounds, 0.5), p99 = quantile(way->tails, rounds, 0.5);
            double p999 = quantile(way->round_trips, way->round_trip_count, 0.999);
            if (n == 0) {
                base = p50;
                base_tail = p99;
            }
            printf("%-28s %8.1f %8.1f %8.1f   %8.1f %7.1f %7.2f %7.2f\n", way->name, way->medians[0], p50,
                way->medians[rounds - 1], p99, p999, p50 / base, p99 / base_tail);
        } else {
            double rate = quantile(way->rates, rounds, 0.5);
            if (n == 0) base = rate;
            printf("%-28s %9.0f %9.0f %9.0f %9.1f %7.2f\n", way->name, way->rates[0], rate,
                way->rates[rounds - 1], rate * (double)size / 1e6, rate / base);
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 6) {
        fprintf(stderr, "usage: measure SIZE DEPTH COUNT ROUNDS NAME=COMMAND...\n");
        return 64;
    }
    size_t size = (size_t)atol(argv[1]), depth = (size_t)atol(argv[2]), count = (size_t)atol(argv[3]);
    size_t rounds = (size_t)atol(argv[4]), way_count = (size_t)(argc - 5);
    struct way ways[WAY_LIMIT] = {0};
    if (way_count > WAY_LIMIT || size < 100 || rounds == 0) return 64;
    signal(SIGPIPE, SIG_IGN);
    char *message = make_message(size), *answer = malloc(size > 65536 ? size : 65536);
    for (size_t n = 0; n < way_count; n++) {
        struct way *way = &ways[n];
        char *equals = strchr(argv[n + 5], '=');
        if (equals == NULL) return 64;
        *equals = 0;
        way->name = argv[n + 5];
        start(way, equals + 1);
        way->medians = calloc(rounds, sizeof(double));
        way->tails = calloc(rounds, sizeof(double));
        way->rates = calloc(rounds, sizeof(double));
        way->round_trips = calloc(rounds * count, sizeof(double));
        for (int warm = 0; warm < 200; warm++) round_trip(way, message, size, answer);
    }
    double *trips = calloc(count, sizeof(double));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t n = 0; n < way_count; n++) {
            struct way *way = &ways[(n + round) % way_count];
            if (depth > 1) {
                double before = now();
                pipelined(way, message, size, depth, count, answer);
                way->rates[round] = (double)count * 1e6 / (now() - before);
                continue;
            }
            for (size_t trip = 0; trip < count; trip++) {
                double before = now();
                round_trip(way, message, size, answer);
                trips[trip] = now() - before;
            }
            memcpy(way->round_trips + way->round_trip_count, trips, count * sizeof(double));
            way->round_trip_count += count;
            way->medians[round] = quantile(trips, count, 0.5);
            way->tails[round] = quantile(trips, count, 0.99);
        }
    }
    report(ways, way_count, size, depth, rounds);
    for (size_t n = 0; n < way_count; n++) close(ways[n].to);
    for (size_t n = 0; n < way_count; n++) waitpid(ways[n].process, NULL, 0);
    return 0;
}
