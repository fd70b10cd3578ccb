// A client that measures what `wrk` does not: delays at a fixed rate, and of events.
//
//   load rate PORT CONNECTIONS RATE SECONDS    requests at a fixed rate, each measured from when it was due
//   load events PORT COUNT                     the delay of events that tell when they were sent
//   load idle PORT COUNT                       opens streams, says so, holds them until standard input ends
//
// Prints one line: count, p50, p99, p99.9 and the highest, in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int connectTo(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void sendAll(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) {
            perror("send");
            exit(1);
        }
        bytes += sent;
        count -= (size_t)sent;
    }
}

static int byValue(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void tell(uint64_t *delays, size_t count) {
    if (count == 0) {
        puts("0");
        exit(1);
    }
    qsort(delays, count, sizeof *delays, byValue);
    printf(
        "%zu %.1f %.1f %.1f %.1f\n", count, (double)delays[count / 2] / 1e3,
        (double)delays[count * 99 / 100] / 1e3, (double)delays[count * 999 / 1000] / 1e3,
        (double)delays[count - 1] / 1e3);
}

static size_t request(char *text, size_t size, uint64_t id) {
    char body[256];
    int length = snprintf(
        body, sizeof body,
        "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"tools/call\",\"params\":{\"name\":\"search\","
        "\"arguments\":{\"query\":\"%.*s\"}}}",
        (unsigned long long)id, 94,
        "which files of the repository were changed since yesterday, and by whom, and why, in short, please");
    return (size_t)snprintf(
        text, size,
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\nMcp-Session-Id: bench\r\n"
        "Content-Length: %d\r\n\r\n%s",
        length, body);
}

/// Whether an answer with a `Content-Length` is complete.
static int isAnswered(char *bytes, size_t size) {
    char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    char *field = strcasestr(bytes, "content-length:");
    size_t body = field == NULL ? 0 : strtoull(field + 15, NULL, 10);
    return size >= (size_t)(end - bytes) + 4 + body;
}

static void rate(int port, int connections, double perSecond, double seconds) {
    struct { int fd; int isBusy; uint64_t due; size_t size; char bytes[4096]; } *all =
        calloc((size_t)connections, sizeof *all);
    int epoll = epoll_create1(0);
    for (int index = 0; index < connections; index++) {
        all[index].fd = connectTo(port);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[index].fd, &event);
    }
    size_t total = (size_t)(perSecond * seconds), sent = 0, done = 0;
    uint64_t *delays = calloc(total, sizeof *delays), start = now();
    int next = 0;
    while (done < total) {
        uint64_t time = now();
        while (sent < total) {
            uint64_t due = start + (uint64_t)((double)sent * 1e9 / perSecond);
            if (due > time) break;
            int looked = 0;
            while (looked < connections && all[next].isBusy) next = (next + 1) % connections, looked++;
            if (looked == connections) break;
            char text[1024];
            size_t size = request(text, sizeof text, sent + 1);
            all[next].isBusy = 1;
            all[next].due = due;
            all[next].size = 0;
            sendAll(all[next].fd, text, size);
            sent++;
        }
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, 0);
        for (int index = 0; index < count; index++) {
            typeof(*all) *one = &all[events[index].data.u32];
            ssize_t size = recv(one->fd, one->bytes + one->size, sizeof one->bytes - 1 - one->size, 0);
            if (size <= 0) {
                fprintf(stderr, "a connection was closed\n");
                exit(1);
            }
            one->size += (size_t)size;
            one->bytes[one->size] = 0;
            if (!isAnswered(one->bytes, one->size)) continue;
            delays[done++] = now() - one->due;
            one->isBusy = 0;
        }
    }
    tell(delays, done);
}

static const char *streamRequest = "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";

static int openStream(int port, const char *path) {
    char text[256];
    int fd = connectTo(port), size = snprintf(text, sizeof text, streamRequest, path);
    sendAll(fd, text, (size_t)size);
    return fd;
}

static void events(int port, size_t wanted) {
    int fd = openStream(port, "/events");
    uint64_t *delays = calloc(wanted, sizeof *delays);
    size_t count = 0, size = 0;
    static char bytes[1 << 16];
    while (count < wanted) {
        ssize_t more = recv(fd, bytes + size, sizeof bytes - 1 - size, 0);
        uint64_t time = now();
        if (more <= 0) exit(1);
        size += (size_t)more;
        bytes[size] = 0;
        char *from = bytes, *found;
        while (count < wanted && (found = strstr(from, "\"data\":")) != NULL) {
            char *end = strstr(found, "\n\n");
            if (end == NULL) break;
            delays[count++] = time - strtoull(found + 7, NULL, 10);
            from = end + 2;
        }
        size -= (size_t)(from - bytes);
        memmove(bytes, from, size + 1);
    }
    tell(delays, count);
}

static void idle(int port, int count) {
    for (int index = 0; index < count; index++) {
        int fd = openStream(port, "/idle");
        char bytes[4096];
        size_t size = 0;
        do {
            ssize_t more = recv(fd, bytes + size, sizeof bytes - 1 - size, 0);
            if (more <= 0) exit(1);
            size += (size_t)more;
        } while (memmem(bytes, size, "\r\n\r\n", 4) == NULL);
    }
    puts("open");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) continue;
}

int main(int argc, char **argv) {
    if (argc == 6 && strcmp(argv[1], "rate") == 0)
        rate(atoi(argv[2]), atoi(argv[3]), atof(argv[4]), atof(argv[5]));
    else if (argc == 4 && strcmp(argv[1], "events") == 0)
        events(atoi(argv[2]), strtoull(argv[3], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "idle") == 0)
        idle(atoi(argv[2]), atoi(argv[3]));
    else {
        fputs(
            "usage: load rate PORT CONNECTIONS RATE SECONDS | events PORT COUNT | idle PORT COUNT\n", stderr);
        return 64;
    }
    return 0;
}
