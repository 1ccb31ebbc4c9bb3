/*
 * Keeps a server's sandbox between its calls: standby PROGRAM [ARGUMENT]...
 *
 * It waits at the sockets that it inherited (sd_listen_fds(3)), runs the program when a client connects, and waits again
 * when the program has ended well. After an hour without a call, or LLMBDO_STANDBY_SECONDS (0: never), it ends too, and
 * the socket's unit waits alone. A connection that was not accepted stays in the socket all along.
 *
 * For the manager (sd_notify(3)) it is the service: ready at once, and watched only while the program runs, which tells
 * of itself what it likes (NotifyAccess=all). It ends as a program that fails does, so that the unit's Restart= decides.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_FD = 3, MOST_FDS = 64, USAGE = 2, NOT_RUN = 127 };
enum { DEFAULT_SECONDS = 3600, MOST_SECONDS = 1000000, SHORTEST_RUN_MS = 100 };

static volatile sig_atomic_t stopping;

static void stop(int signal) {
  (void)signal;
  stopping = 1;
}

/* A variable's whole number, or `otherwise` where there is none. Ends the process if it is no such, or above `most`. */
static long number(const char *variable, long otherwise, long most) {
  const char *text = getenv(variable);
  if (text == NULL || *text == '\0') return otherwise;
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno == 0 && *end == '\0' && value >= 0 && value <= most) return value;
  fprintf(stderr, "standby: %s is \"%s\"; it must be a whole number of at most %ld\n", variable, text, most);
  exit(USAGE);
}

static void tell_manager(const char *state) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return;
  strcpy(address.sun_path, path);
  if (*path == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(path) + (*path != '@');
  if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length) < 0)
    perror("standby: the manager could not be notified");
  if (fd >= 0) close(fd);
}

static void set_to_own_pid(const char *variable) {
  char pid[16];
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  if (getenv(variable) != NULL) setenv(variable, pid, 1);
}

/* Waits until a client connects. False if none did for so many seconds; 0 for as long as it takes. */
static int called(struct pollfd *sockets, nfds_t count, long seconds) {
  int ready;
  do ready = poll(sockets, count, seconds > 0 ? (int)(seconds * 1000) : -1);
  while (ready < 0 && errno == EINTR);
  if (ready >= 0) return ready > 0;
  perror("standby: waiting at the sockets failed");
  exit(EXIT_FAILURE);
}

/* Ends what the program left behind: as their subreaper, this process becomes the parent of all that it started. */
static void end_what_is_left(void) {
  for (;;) {
    FILE *children = fopen("/proc/thread-self/children", "re");
    int child, count = 0;
    while (children != NULL && fscanf(children, "%d", &child) == 1) count += kill(child, SIGKILL) == 0;
    if (children != NULL) fclose(children);
    if (count == 0) return;
    waitpid(-1, NULL, 0);
  }
}

/* Runs the program to its end, and gives its status as waitpid(2) does. */
static int run(char **command) {
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, &before);
  pid_t program = fork();
  if (program == 0) {
    set_to_own_pid("LISTEN_PID");
    set_to_own_pid("WATCHDOG_PID");
    sigprocmask(SIG_SETMASK, &before, NULL);
    execv(command[0], command);
    fprintf(stderr, "standby: %s could not be run: %s\n", command[0], strerror(errno));
    _exit(NOT_RUN);
  }
  if (program < 0) {
    perror("standby: no process could be made");
    exit(EXIT_FAILURE);
  }
  /* The manager tells both to stop. This process outlives the program, which may have calls to finish. */
  struct sigaction act = {.sa_handler = stop};
  sigaction(SIGTERM, &act, NULL);
  sigprocmask(SIG_SETMASK, &before, NULL);
  int status = 0;
  pid_t ended;
  do ended = waitpid(-1, &status, 0);
  while (ended != program && (ended > 0 || errno == EINTR));
  end_what_is_left();
  /* First the signal's own effect again, then, in main, the look at whether it came: it can't be missed in between. */
  signal(SIGTERM, SIG_DFL);
  return status;
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ends this process as a program ended that did not end well, or after which it has to stop. */
static _Noreturn void end_as(int status) {
  if (!WIFSIGNALED(status)) exit(WEXITSTATUS(status));
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  abort();
}

int main(int argc, char **argv) {
  if (argc < 2 || argv[1][0] != '/') {
    fputs("usage: standby PROGRAM [ARGUMENT]...\nPROGRAM is a path from the root. A unit starts it, with sockets.\n", stderr);
    return USAGE;
  }
  long count = number("LISTEN_FDS", 0, MOST_FDS);
  long seconds = number("LLMBDO_STANDBY_SECONDS", DEFAULT_SECONDS, MOST_SECONDS);
  const char *watchdog = getenv("WATCHDOG_USEC");
  if (count == 0) {
    fputs("standby: it inherited no socket; its unit needs a socket unit\n", stderr);
    return USAGE;
  }
  struct pollfd sockets[MOST_FDS];
  for (long i = 0; i < count; i++) sockets[i] = (struct pollfd){.fd = FIRST_FD + (int)i, .events = POLLIN};
  char awake[128];
  snprintf(awake, sizeof awake, "STATUS=awake\nWATCHDOG=1\nWATCHDOG_USEC=%s", watchdog ? watchdog : "0");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  /* The program has the same user, and nothing to look for in here; nor is a core of this worth keeping. */
  prctl(PR_SET_DUMPABLE, 0);

  tell_manager("READY=1\nSTATUS=asleep\nWATCHDOG_USEC=0");
  while (called(sockets, (nfds_t)count, seconds)) {
    tell_manager(awake);
    long began = now_ms();
    int status = run(argv + 1);
    if (WIFSIGNALED(status) && !stopping)
      fprintf(stderr, "standby: %s was ended by signal %d\n", argv[1], WTERMSIG(status));
    if (status != 0 || stopping) end_as(status);
    tell_manager("STATUS=asleep\nWATCHDOG_USEC=0");
    /* Who ends without accepting is not run again as fast as it can be. */
    if (now_ms() - began < SHORTEST_RUN_MS) poll(NULL, 0, SHORTEST_RUN_MS);
  }
  return EXIT_SUCCESS;
}
