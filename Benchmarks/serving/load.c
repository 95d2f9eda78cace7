// A client that loads an HTTP server on this machine with prepared requests, and prints one JSON object.
//
//   load PORT REQUESTS SECONDS CONNECTIONS [RATE [COUNT]]
//
// REQUESTS is a file of HTTP/1.1 requests, each after its length in four bytes (little-endian). They are sent in turn. Without
// RATE (or with 0), each connection sends its next request as soon as it has the response. With RATE, requests are due at this
// number per second, whether or not responses arrive, and a request's time counts from when it was due. COUNT is the number of
// requests after which the client ends.
//
// One thread with epoll, no allocation per request: the client uses little of the processor that it shares with the server.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *bytes;
    size_t size;
} Request;

typedef struct {
    int socket;
    int busy;
    int status;
    int closes;
    double due;
    const Request *request;
    size_t sent;
    // The head of the response until it is complete, and then the number of missing bytes of its body.
    char head[8192];
    size_t size;
    long left;
} Connection;

typedef struct {
    double *times;
    size_t count, capacity;
} Times;

static Request *requests;
static size_t requestCount, nextRequest;
static Times times[600];
static long broken, sent;
static int port, poller;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void fail(const char *words) {
    fprintf(stderr, "load: error: %s: %s\n", words, strerror(errno));
    exit(1);
}

static void readRequests(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != (size_t)size) fail(path);
    fclose(file);
    for (long at = 0; at < size;) {
        unsigned char *b = (unsigned char *)bytes + at;
        size_t length = b[0] | b[1] << 8 | b[2] << 16 | (size_t)b[3] << 24;
        requests = realloc(requests, (requestCount + 1) * sizeof *requests);
        requests[requestCount++] = (Request){bytes + at + 4, length};
        at += 4 + length;
    }
}

static void setInterest(Connection *connection, int writes, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.ptr = connection};
    if (epoll_ctl(poller, operation, connection->socket, &event)) fail("epoll_ctl");
}

static void connectTo(Connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->socket < 0 || connect(connection->socket, (struct sockaddr *)&address, sizeof address)) fail("connect");
    int one = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    setInterest(connection, 0, EPOLL_CTL_ADD);
    connection->busy = 0;
}

static void reconnect(Connection *connection) {
    close(connection->socket);
    connectTo(connection);
}

static void sendRest(Connection *connection) {
    while (connection->sent < connection->request->size) {
        ssize_t count = send(
            connection->socket, connection->request->bytes + connection->sent, connection->request->size - connection->sent,
            MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN) setInterest(connection, 1, EPOLL_CTL_MOD);
            return;
        }
        connection->sent += count;
    }
}

static void start(Connection *connection, double due) {
    connection->request = &requests[nextRequest++ % requestCount];
    connection->due = due;
    connection->busy = 1;
    connection->sent = connection->size = 0;
    connection->left = -1;
    sent++;
    sendRest(connection);
}

static void record(Connection *connection) {
    Times *own = &times[connection->status >= 0 && connection->status < 600 ? connection->status : 0];
    if (own->count == own->capacity) {
        own->capacity = own->capacity ? 2 * own->capacity : 4096;
        own->times = realloc(own->times, own->capacity * sizeof(double));
        if (!own->times) fail("realloc");
    }
    own->times[own->count++] = (now() - connection->due) * 1000;
}

static void readHead(Connection *connection) {
    char *end = memmem(connection->head, connection->size, "\r\n\r\n", 4);
    if (!end) return;
    *end = 0;
    connection->status = atoi(connection->head + 9);
    char *length = strcasestr(connection->head, "\r\ncontent-length:");
    connection->closes = strcasestr(connection->head, "\r\nconnection: close") != NULL;
    connection->left = (length ? atol(length + 17) : 0) - (long)(connection->size - (end + 4 - connection->head));
}

// Returns whether the response is complete.
static int receive(Connection *connection) {
    static char rest[1 << 18];
    while (1) {
        char *target = connection->left < 0 ? connection->head + connection->size : rest;
        size_t room = connection->left < 0 ? sizeof connection->head - connection->size - 1 : sizeof rest;
        ssize_t count = recv(connection->socket, target, room, 0);
        if (count < 0 && errno == EAGAIN) return 0;
        if (count <= 0) {
            if (connection->busy) broken++;
            reconnect(connection);
            return 0;
        }
        if (connection->left < 0) {
            connection->size += count;
            readHead(connection);
        } else {
            connection->left -= count;
        }
        if (connection->left == 0) return 1;
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(double seconds, long unsent) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    printf(
        "{\"seconds\": %.3f, \"sent\": %ld, \"unsent\": %ld, \"broken\": %ld, \"client_cpu_seconds\": %.3f, \"statuses\": {",
        seconds, sent, unsent, broken, cpu);
    int first = 1;
    for (int status = 0; status < 600; status++) {
        Times *own = &times[status];
        if (!own->count) continue;
        qsort(own->times, own->count, sizeof(double), ascending);
        printf(
            "%s\"%d\": {\"count\": %zu, \"per_second\": %.1f, \"p50\": %.3f, \"p99\": %.3f, \"percentiles\": [",
            first ? "" : ", ", status, own->count, own->count / seconds, own->times[own->count / 2],
            own->times[own->count * 99 / 100]);
        for (int percent = 0; percent <= 100; percent++) {
            printf("%s%.3f", percent ? ", " : "", own->times[(own->count - 1) * percent / 100]);
        }
        printf("]}");
        first = 0;
    }
    printf("}}\n");
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: load PORT REQUESTS SECONDS CONNECTIONS [RATE [COUNT]]\n");
        return 64;
    }
    port = atoi(argv[1]);
    readRequests(argv[2]);
    double duration = atof(argv[3]);
    int count = atoi(argv[4]);
    double rate = argc > 5 ? atof(argv[5]) : 0;
    long limit = argc > 6 ? atol(argv[6]) : 0;
    poller = epoll_create1(0);
    Connection *connections = calloc(count, sizeof *connections);
    Connection **idle = calloc(count, sizeof *idle);
    if (!connections || !idle || !requestCount) fail("no requests");
    int idleCount = 0;
    for (int i = 0; i < count; i++) connectTo(&connections[i]);
    double began = now(), end = began + duration;
    if (rate > 0) {
        for (int i = count; i > 0; i--) idle[idleCount++] = &connections[i - 1];
    } else {
        for (int i = 0; i < count; i++) start(&connections[i], now());
    }
    // The number of requests that were due.
    long due = 0;
    struct epoll_event events[512];
    while (1) {
        double time = now();
        int isOver = time >= end || (limit && sent >= limit);
        if (rate > 0 && !isOver) {
            while (idleCount && began + due / rate <= time) start(idle[--idleCount], began + due++ / rate);
        }
        if (isOver) {
            int busy = 0;
            for (int i = 0; i < count; i++) busy += connections[i].busy;
            // The last responses are awaited.
            if (!busy || time >= end + 60) break;
        }
        int ready = epoll_wait(poller, events, 512, rate > 0 ? 1 : 100);
        for (int i = 0; i < ready; i++) {
            Connection *connection = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) {
                setInterest(connection, 0, EPOLL_CTL_MOD);
                sendRest(connection);
            }
            if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
            int wasBusy = connection->busy, isDone = receive(connection);
            if (!wasBusy || (!isDone && connection->busy)) continue;
            if (isDone) {
                record(connection);
                connection->busy = 0;
                if (connection->closes) reconnect(connection);
            }
            if (rate > 0) {
                idle[idleCount++] = connection;
            } else if (now() < end && !(limit && sent >= limit)) {
                start(connection, now());
            }
        }
    }
    long unsent = rate > 0 ? (long)(duration * rate) - due : 0;
    report(now() < end ? now() - began : duration, unsent > 0 ? unsent : 0);
    return 0;
}
