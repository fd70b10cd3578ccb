// The server behind the proxies: one thread, epoll, keep-alive, nothing that costs time.
//
//   server            prints the port it listens on; ends with its standard input
//
//   POST /sink        reads the body, answers 200
//   POST (other)      answers 180 bytes of JSON-RPC with the request's id
//   GET /events       an event each millisecond, with the time when it was sent
//   GET /idle         the head of an event stream, and nothing more
//   GET /bytes/N      N bytes
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_LIMIT = 16 << 10, CONNECTIONS = 8192 };

typedef struct {
    int isOpen, isStream;
    size_t headSize;
    uint64_t bodyLeft, sendLeft;
    int isSink;
    char head[HEAD_LIMIT];
} Connection;

static Connection *connections[CONNECTIONS];
static char zeros[256 << 10];
static int epoll;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void forget(int fd) {
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

/// Waits where the other side is slow: only heads and small answers go this way.
static int put(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            usleep(100);
            continue;
        }
        if (sent <= 0) return 0;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 1;
}

static void wantWrites(int fd, int want) {
    struct epoll_event event = {.events = EPOLLIN | (want ? EPOLLOUT : 0), .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

/// Sends what of a large body the socket takes. False: the connection is gone.
static int pump(int fd, Connection *c) {
    while (c->sendLeft > 0) {
        size_t count = c->sendLeft < sizeof zeros ? (size_t)c->sendLeft : sizeof zeros;
        ssize_t sent = send(fd, zeros, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) return 1;
        if (sent <= 0) return 0;
        c->sendLeft -= (uint64_t)sent;
    }
    wantWrites(fd, 0);
    return 1;
}

static int answerCall(int fd, const char *body, size_t size) {
    char id[32] = "0", text[512], reply[1024];
    const char *found = memmem(body, size, "\"id\":", 5);
    if (found != NULL) {
        size_t count = 0, at = (size_t)(found - body) + 5;
        while (at < size && body[at] >= '0' && body[at] <= '9' && count < 20) id[count++] = body[at++];
        id[count] = 0;
    }
    int length = snprintf(
        text, sizeof text,
        "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"%.*s\"}],"
        "\"isError\":false}}",
        id, 84,
        "The answer of a tool: forty-two lines in three files, of which two changed since yesterday, more or "
        "less so");
    int total = snprintf(
        reply, sizeof reply,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, text);
    return put(fd, reply, (size_t)total);
}

/// Takes one request whose head is complete and whose body is short enough to be there. False: gone.
static int begin(int fd, Connection *c, const char *head) {
    static const char stream[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    if (strncmp(head, "GET /events", 11) == 0) {
        c->isStream = 1;
        return put(fd, stream, sizeof stream - 1);
    }
    if (strncmp(head, "GET /idle", 9) == 0) return put(fd, stream, sizeof stream - 1);
    if (strncmp(head, "GET /bytes/", 11) == 0) {
        char reply[256];
        c->sendLeft = strtoull(head + 11, NULL, 10);
        int total = snprintf(
            reply, sizeof reply,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %llu\r\n\r\n",
            (unsigned long long)c->sendLeft);
        if (!put(fd, reply, (size_t)total)) return 0;
        wantWrites(fd, 1);
        return pump(fd, c);
    }
    static const char empty[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    return put(fd, empty, sizeof empty - 1);
}

static uint64_t contentLength(const char *head, const char *end) {
    const char *field = strcasestr(head, "\r\ncontent-length:");
    return field == NULL || field > end ? 0 : strtoull(field + 17, NULL, 10);
}

/// Takes the requests that are complete. False: the connection is gone.
static int take(int fd, Connection *c) {
    for (;;) {
        c->head[c->headSize] = 0;
        char *end = memmem(c->head, c->headSize, "\r\n\r\n", 4);
        if (end == NULL) return c->headSize < HEAD_LIMIT - 1;
        size_t head = (size_t)(end - c->head) + 4, rest = c->headSize - head;
        uint64_t body = contentLength(c->head, end);
        size_t used = head;
        if (strncmp(c->head, "POST /sink", 10) == 0) {
            size_t known = body < rest ? (size_t)body : rest;
            if (strcasestr(c->head, "\r\nexpect:") != NULL && known == 0)
                if (!put(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25)) return 0;
            c->bodyLeft = body - known;
            c->isSink = 1;
            used += known;
        } else if (strncmp(c->head, "POST", 4) == 0) {
            if (rest < body) return head + body < HEAD_LIMIT - 1;
            if (!answerCall(fd, c->head + head, (size_t)body)) return 0;
            used += (size_t)body;
        } else if (!begin(fd, c, c->head)) {
            return 0;
        }
        memmove(c->head, c->head + used, c->headSize - used);
        c->headSize -= used;
        if (c->isSink && c->bodyLeft == 0) {
            c->isSink = 0;
            if (!put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38)) return 0;
        }
        if (c->bodyLeft > 0 || c->sendLeft > 0) return 1;
    }
}

static int readMore(int fd, Connection *c) {
    static char scrap[256 << 10];
    for (;;) {
        if (c->bodyLeft > 0) {
            size_t want = c->bodyLeft < sizeof scrap ? (size_t)c->bodyLeft : sizeof scrap;
            ssize_t count = recv(fd, scrap, want, 0);
            if (count < 0 && errno == EAGAIN) return 1;
            if (count <= 0) return 0;
            c->bodyLeft -= (uint64_t)count;
            if (c->bodyLeft > 0) continue;
            c->isSink = 0;
            if (!put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38)) return 0;
            continue;
        }
        ssize_t count = recv(fd, c->head + c->headSize, HEAD_LIMIT - 1 - c->headSize, 0);
        if (count < 0 && errno == EAGAIN) return 1;
        if (count <= 0) return 0;
        c->headSize += (size_t)count;
        if (!take(fd, c)) return 0;
    }
}

static void acceptAll(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), yes = 1;
        if (fd < 0) return;
        if (fd >= CONNECTIONS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connections[fd] = calloc(1, sizeof(Connection));
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void tellStreams(void) {
    char event[256], chunk[320];
    for (int fd = 0; fd < CONNECTIONS; fd++) {
        if (connections[fd] == NULL || !connections[fd]->isStream) continue;
        int length = snprintf(
            event, sizeof event,
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\","
            "\"data\":%llu}}\n\n",
            (unsigned long long)now());
        int total = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", length, event);
        if (!put(fd, chunk, (size_t)total)) forget(fd);
    }
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    epoll = epoll_create1(0);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    timerfd_settime(timer, 0, &every, NULL);
    int watched[] = {listener, timer, 0};
    for (int index = 0; index < 3; index++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = watched[index]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, watched[index], &event);
    }
    struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int index = 0; index < count; index++) {
            int fd = events[index].data.fd;
            uint64_t ticks;
            if (fd == 0) return 0;
            if (fd == listener) {
                acceptAll(listener);
            } else if (fd == timer) {
                if (read(timer, &ticks, sizeof ticks) > 0) tellStreams();
            } else if (connections[fd] != NULL) {
                Connection *c = connections[fd];
                int isAlive = 1;
                if (events[index].events & EPOLLOUT) isAlive = pump(fd, c);
                if (isAlive && events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    isAlive = readMore(fd, c);
                if (!isAlive) forget(fd);
            }
        }
    }
}
