/*
 * Joins two TAP devices in two network namespaces by a cable that is long: every frame is handed over a given time
 * after it came. For kernels without netem.
 *
 *   hold-frames NETNS-A TAP-A NETNS-B TAP-B MICROSECONDS
 *
 * Prints "ready" once both devices are held, and ends when one of them goes away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* A power of two; more frames than a sweep of 10,000 ports has on the way at once. */
#define SLOTS 65536
#define LONGEST 2048

struct frame {
  int64_t due;
  int length;
  unsigned char bytes[LONGEST];
};

struct line {
  int from, to;
  unsigned head, tail;
  struct frame *frames;
};

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int tap(const char *netns, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", netns);
  int ns = open(path, O_RDONLY);
  if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) fail(path);
  close(ns);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (fd < 0) fail("/dev/net/tun");
  struct ifreq wanted = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(wanted.ifr_name, device, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &wanted) < 0) fail(device);
  return fd;
}

/* Takes in all that came; what finds no room is lost, as on a cable. */
static void take(struct line *line, int64_t held) {
  for (;;) {
    struct frame *slot = &line->frames[line->head % SLOTS];
    int length = read(line->from, slot->bytes, LONGEST);
    if (length < 0) {
      if (errno == EAGAIN || errno == EIO) return; /* EIO: the device is down */
      exit(0);
    }
    if (line->head - line->tail == SLOTS - 1) continue;
    slot->length = length;
    slot->due = now() + held;
    line->head++;
  }
}

/* Hands over what is due; returns when the next one is, or -1. */
static int64_t give(struct line *line) {
  while (line->tail != line->head) {
    struct frame *slot = &line->frames[line->tail % SLOTS];
    if (slot->due > now()) return slot->due;
    if (write(line->to, slot->bytes, slot->length) < 0 && errno == EAGAIN) return now() + 100000;
    line->tail++;
  }
  return -1;
}

int main(int count, char **words) {
  if (count != 6) {
    fputs("hold-frames NETNS-A TAP-A NETNS-B TAP-B MICROSECONDS\n", stderr);
    return 2;
  }
  int a = tap(words[1], words[2]), b = tap(words[3], words[4]);
  int64_t held = atoll(words[5]) * 1000;
  struct line lines[2] = {{.from = a, .to = b}, {.from = b, .to = a}};
  for (int i = 0; i < 2; i++)
    if (!(lines[i].frames = calloc(SLOTS, sizeof(struct frame)))) fail("memory");
  puts("ready");
  fflush(stdout);
  for (;;) {
    int64_t due = -1;
    for (int i = 0; i < 2; i++) {
      int64_t next = give(&lines[i]);
      if (next >= 0 && (due < 0 || next < due)) due = next;
    }
    struct pollfd polled[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    int64_t left = due < 0 ? 0 : due - now();
    if (left < 0) left = 0;
    struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    if (ppoll(polled, 2, due < 0 ? NULL : &wait, NULL) < 0 && errno != EINTR) fail("poll");
    for (int i = 0; i < 2; i++) take(&lines[i], held);
  }
}
