// The yardstick: the least that a relay between a host and a server can do, in C, without recording.
// One poll loop, O_NONBLOCK everywhere, one 64-KiB buffer a lane, two lanes; standard error is inherited.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>

struct lane {
    int source, sink;
    size_t from, to;
    char bytes[65536];
};

static struct lane lanes[2];

static void never_wait(int descriptor) {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

static void flush_lane(struct lane *lane) {
    while (lane->from < lane->to) {
        ssize_t put = write(lane->sink, lane->bytes + lane->from, lane->to - lane->from);
        if (put < 0 && errno == EAGAIN) return;
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) {
            close(lane->source);
            lane->source = -1;
            break;
        }
        lane->from += (size_t)put;
    }
    lane->from = lane->to = 0;
    if (lane->source < 0 && lane->sink >= 0) {
        close(lane->sink);
        lane->sink = -1;
    }
}

static void fill_lane(struct lane *lane) {
    ssize_t got = read(lane->source, lane->bytes, sizeof lane->bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        close(lane->source);
        lane->source = -1;
    } else {
        lane->to = (size_t)got;
    }
    flush_lane(lane);
}

int main(int count, char **words) {
    int to[2], from[2];
    if (count < 2 || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return 125;
    pid_t child = fork();
    if (child == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        execvp(words[1], words + 1);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    signal(SIGPIPE, SIG_IGN);
    lanes[0] = (struct lane){.source = 0, .sink = to[1]};
    lanes[1] = (struct lane){.source = from[0], .sink = 1};
    never_wait(0);
    never_wait(1);
    never_wait(to[1]);
    never_wait(from[0]);
    while (lanes[1].source >= 0 || lanes[1].from < lanes[1].to) {
        struct pollfd polled[4];
        for (int n = 0; n < 2; n++) {
            int full = lanes[n].from < lanes[n].to;
            polled[2 * n] = (struct pollfd){.fd = full ? -1 : lanes[n].source, .events = POLLIN};
            polled[2 * n + 1] = (struct pollfd){.fd = full ? lanes[n].sink : -1, .events = POLLOUT};
        }
        if (poll(polled, 4, -1) < 0) continue;
        for (int n = 0; n < 2; n++) {
            if (polled[2 * n + 1].revents) flush_lane(&lanes[n]);
            if (polled[2 * n].revents) fill_lane(&lanes[n]);
        }
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
