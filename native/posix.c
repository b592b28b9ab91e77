/*
 * System calls that Node does not offer, and the one that goes with them.
 *
 * spawn  Node starts a child with fork(), which copies the page tables of the whole engine and leaves every page of it
 *        to be faulted in again: a millisecond a service, growing with the engine. posix_spawn() shares the memory
 *        until the program is there (POSIX.1-2017, posix_spawn; glibc and musl use CLONE_VM | CLONE_VFORK).
 * launch The same in a thread of Node's pool: the one that calls posix_spawn() waits until the program has been loaded,
 *        half a millisecond in which the engine's own has other things to do.
 * pipe   Node can make no pipe: its children's are sockets, on which a script's `> /dev/stderr` fails.
 * pair   Two sockets, each the other's peer (socketpair(2), Unix domain): what Node gives its own children.
 * bind   Whether a port is free, in microseconds: Node tells by listening, one turn of its loop for each.
 * listen A socket that listens before anybody accepts: who connects waits in the system's queue. Node's own begins to
 *        accept at once, in the thread that made it, and cannot be given to another.
 * dial   A connection to a Unix socket that waits when it is read from. Node's own needs its streams and its loop, which take
 *        a short command longer to load than it has to do.
 * window How wide a terminal is. Node tells of one that it has made a stream of: milliseconds.
 * reap   How a child has ended. Only pids that spawn gave may be asked for: all others are Node's own to wait for.
 * bear   Which processes have a variable in their environment: Node takes 30 us and some garbage to look at one, and a
 *        machine has hundreds.
 * leave  The end of this process (_exit(2)). Before it Node takes its threads and V8's heap apart piece by piece, two to
 *        three milliseconds in which nothing is written or told any more.
 *
 * Node-API version 8, so one binary serves every Node from 20 on. Nothing here outlives a call, or its promise.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* More than a child was ever given. */
#define MOST_STREAMS 8
#define DEV_NULL (-1)

static napi_value integer(napi_env env, int32_t value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

static napi_value misused(napi_env env, const char *what) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", what);
  return NULL;
}

/* A copy that the caller frees; NULL when it is no string or holds a NUL, which would end it early. */
static char *text_of(napi_env env, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text == NULL) return NULL;
  if (napi_get_value_string_utf8(env, value, text, length + 1, &length) == napi_ok && strlen(text) == length) return text;
  free(text);
  return NULL;
}

static void free_list(char **list) {
  if (list == NULL) return;
  for (char **one = list; *one != NULL; one += 1) free(*one);
  free(list);
}

/* As execve takes it, ended by NULL; for free_list. */
static char **list_of(napi_env env, napi_value array) {
  uint32_t length;
  if (napi_get_array_length(env, array, &length) != napi_ok) return NULL;
  char **list = calloc((size_t)length + 1, sizeof *list);
  if (list == NULL) return NULL;
  for (uint32_t index = 0; index < length; index += 1) {
    napi_handle_scope scope;
    napi_value value;
    if (napi_open_handle_scope(env, &scope) != napi_ok) break;
    if (napi_get_element(env, array, index, &value) == napi_ok) list[index] = text_of(env, value);
    napi_close_handle_scope(env, scope);
    if (list[index] != NULL) continue;
    free_list(list);
    return NULL;
  }
  return list;
}

/* False when a descriptor stands where another one is to be put: it would be lost. */
static bool descriptors_of(napi_env env, napi_value array, int fds[], uint32_t *count) {
  if (napi_get_array_length(env, array, count) != napi_ok || *count < 3 || *count > MOST_STREAMS) return false;
  for (uint32_t index = 0; index < *count; index += 1) {
    napi_value value;
    if (napi_get_element(env, array, index, &value) != napi_ok) return false;
    if (napi_get_value_int32(env, value, &fds[index]) != napi_ok) return false;
    if (fds[index] != DEV_NULL && fds[index] < (int)*count) return false;
  }
  return true;
}

/* A program's own end of a pipe has to wait, whatever ours does: few can read from one that does not. */
static int make_blocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return errno;
  return (flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? errno : 0;
}

/*
 * The leader of a session of its own, all signals as a program expects them (Node ignores SIGPIPE, and its threads block
 * some). Whatever else is open closes with exec. Returns 0, or what errno would say.
 */
static int start(pid_t *pid, const char *file, char **argv, char **envp, const char *cwd, const int fds[],
                 uint32_t streams, int room) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  sigset_t none, all;
  sigemptyset(&none);
  /* Not sigfillset: glibc leaves its own two signals out there, and children would begin with them ignored. */
  memset(&all, 0xff, sizeof all);

  int failed = posix_spawnattr_init(&attributes);
  if (failed) return failed;
  failed = posix_spawn_file_actions_init(&actions);
  if (failed) {
    posix_spawnattr_destroy(&attributes);
    return failed;
  }
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  failed = posix_spawnattr_setflags(&attributes,
                                    POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  for (int stream = 0; stream < (int)streams && !failed; stream += 1) {
    if (fds[stream] == DEV_NULL) {
      failed = posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
    } else {
      failed = make_blocking(fds[stream]);
      if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, fds[stream], stream);
    }
  }
  struct rlimit limit;
  if (!failed && room > (int)streams && getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)room <= limit.rlim_cur) {
    failed = posix_spawn_file_actions_adddup2(&actions, 0, room - 1);
    if (!failed) failed = posix_spawn_file_actions_addclose(&actions, room - 1);
  }
  if (!failed) failed = posix_spawn_file_actions_addchdir_np(&actions, cwd);
  if (!failed) failed = posix_spawn(pid, file, &actions, &attributes, argv, envp);

  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failed;
}

struct order {
  char *file, **argv, **envp, *cwd;
  int fds[MOST_STREAMS];
  uint32_t streams;
  int32_t room;
  pid_t pid;
  int failed;
  /* Of one that is carried out by another thread. */
  napi_async_work work;
  napi_deferred deferred;
};

static void discard(struct order *order) {
  free(order->file);
  free_list(order->argv);
  free_list(order->envp);
  free(order->cwd);
  free(order);
}

/* NULL when it is none: then an exception is pending. */
static struct order *order_of(napi_env env, napi_callback_info info) {
  napi_value given[6];
  size_t count = 6;
  struct order *order = calloc(1, sizeof *order);
  if (order == NULL || napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count != 6 ||
      !descriptors_of(env, given[4], order->fds, &order->streams) ||
      napi_get_value_int32(env, given[5], &order->room) != napi_ok) {
    free(order);
    misused(env, "(file, argv, environment, cwd, fds, room)");
    return NULL;
  }
  order->file = text_of(env, given[0]);
  order->argv = list_of(env, given[1]);
  order->envp = list_of(env, given[2]);
  order->cwd = text_of(env, given[3]);
  if (order->file != NULL && order->argv != NULL && order->envp != NULL && order->cwd != NULL) return order;
  discard(order);
  misused(env, "file, arguments, environment and folder are strings without NUL");
  return NULL;
}

static void carry_out(struct order *order) {
  order->failed = start(&order->pid, order->file, order->argv, order->envp, order->cwd, order->fds, order->streams,
                        order->room);
}

static napi_value outcome(napi_env env, const struct order *order) {
  return integer(env, order->failed ? -order->failed : (int32_t)order->pid);
}

/*
 * spawn(file, argv, environment, cwd, fds, room): the pid, or -errno. `file` is a path, relative to cwd; argv includes argv[0];
 * environment holds NAME=value; fds become the child's 0, 1, 2 and so on: -1 for /dev/null, others above those numbers, which
 * are made blocking. At least three: a standard stream
 * that is not given would be inherited. The child's table of descriptors begins with room for so many (0: as it comes),
 * where its limit allows them: a process with threads waits for a grace period of the kernel (RCU: ten milliseconds and
 * more, all its threads that open something with it) each time that its table has to grow. One without does not.
 */
static napi_value spawn_program(napi_env env, napi_callback_info info) {
  struct order *order = order_of(env, info);
  if (order == NULL) return NULL;
  carry_out(order);
  napi_value result = outcome(env, order);
  discard(order);
  return result;
}

static void in_the_pool(napi_env env, void *data) {
  (void)env;
  carry_out(data);
}

static void back_in_the_loop(napi_env env, napi_status status, void *data) {
  struct order *order = data;
  if (status != napi_ok) order->failed = ECANCELED;
  napi_resolve_deferred(env, order->deferred, outcome(env, order));
  napi_delete_async_work(env, order->work);
  discard(order);
}

/* launch(...): as spawn, by another thread: a promise of what it returns. The descriptors stay open until then. */
static napi_value launch_program(napi_env env, napi_callback_info info) {
  struct order *order = order_of(env, info);
  if (order == NULL) return NULL;
  napi_value promise, name;
  if (napi_create_string_utf8(env, "msvc.launch", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_async_work(env, NULL, name, in_the_pool, back_in_the_loop, order, &order->work) == napi_ok) {
    if (napi_create_promise(env, &order->deferred, &promise) == napi_ok &&
        napi_queue_async_work(env, order->work) == napi_ok) {
      return promise;
    }
    napi_delete_async_work(env, order->work);
  }
  discard(order);
  napi_throw_error(env, NULL, "nothing can be begun any more");
  return NULL;
}

static napi_value both(napi_env env, const int ends[2]) {
  napi_value pair;
  if (napi_create_array_with_length(env, 2, &pair) != napi_ok) return NULL;
  for (uint32_t index = 0; index < 2; index += 1) napi_set_element(env, pair, index, integer(env, ends[index]));
  return pair;
}

/* pair(): two sockets, blocking, closed on exec; or -errno. */
static napi_value make_pair(napi_env env, napi_callback_info info) {
  (void)info;
  int ends[2];
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? both(env, ends) : integer(env, -errno);
}

/* pipe(): [end to read from, non-blocking; end to write to, blocking], both closed on exec; or -errno. */
static napi_value make_pipe(napi_env env, napi_callback_info info) {
  (void)info;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return integer(env, -errno);
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    int failed = errno;
    close(ends[0]);
    close(ends[1]);
    return integer(env, -failed);
  }
  return both(env, ends);
}

/* Of an address in digits; 0 when it is none. */
static socklen_t address_of(const char *text, uint16_t port, struct sockaddr_storage *address) {
  memset(address, 0, sizeof *address);
  struct sockaddr_in *four = (struct sockaddr_in *)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return sizeof *four;
  }
  if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return sizeof *six;
  }
  return 0;
}

/* As Node binds: to a port whose last connections are still going away, on `::` for both families. Or -errno. */
static int bound_socket(const struct sockaddr_storage *address, socklen_t length) {
  int on = 1, off = 0;
  int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      (address->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
      bind(fd, (const struct sockaddr *)address, length) == 0) {
    return fd;
  }
  int failed = errno;
  close(fd);
  return -failed;
}

/* The first two arguments of a call; false when they are none. Length 0: an address that is not written in digits. */
static bool endpoint_of(napi_env env, const napi_value given[], struct sockaddr_storage *address, socklen_t *length) {
  uint32_t port;
  if (napi_get_value_uint32(env, given[1], &port) != napi_ok || port > UINT16_MAX) return false;
  char *text = text_of(env, given[0]);
  if (text == NULL) return false;
  *length = address_of(text, (uint16_t)port, address);
  free(text);
  return true;
}

/* bind(address, port): whether a server could listen there now: 0, or -errno. */
static napi_value try_to_bind(napi_env env, napi_callback_info info) {
  napi_value given[2];
  size_t count = 2;
  struct sockaddr_storage address;
  socklen_t length;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count != 2 ||
      !endpoint_of(env, given, &address, &length)) {
    return misused(env, "bind(address, port)");
  }
  int fd = length == 0 ? -EAFNOSUPPORT : bound_socket(&address, length);
  if (fd >= 0) close(fd);
  return integer(env, fd < 0 ? fd : 0);
}

/* listen(address, port, backlog): a listening socket, non-blocking, closed on exec; or -errno. */
static napi_value listen_on(napi_env env, napi_callback_info info) {
  napi_value given[3];
  size_t count = 3;
  int32_t backlog;
  struct sockaddr_storage address;
  socklen_t length;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count != 3 ||
      napi_get_value_int32(env, given[2], &backlog) != napi_ok || !endpoint_of(env, given, &address, &length)) {
    return misused(env, "listen(address, port, backlog)");
  }
  int fd = length == 0 ? -EAFNOSUPPORT : bound_socket(&address, length);
  if (fd >= 0 && listen(fd, backlog) != 0) {
    int failed = errno;
    close(fd);
    fd = -failed;
  }
  return integer(env, fd);
}

/* dial(path, patience): a socket, blocking for so many milliseconds at a time, closed on exec; or -errno. */
static napi_value dial(napi_env env, napi_callback_info info) {
  napi_value given[2];
  size_t count = 2;
  uint32_t patience;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count != 2 ||
      napi_get_value_uint32(env, given[1], &patience) != napi_ok) {
    return misused(env, "dial(path, patience)");
  }
  char *path = text_of(env, given[0]);
  if (path == NULL) return misused(env, "the path is a string without NUL");
  bool fits = strlen(path) < sizeof address.sun_path;
  if (fits) strcpy(address.sun_path, path);
  free(path);
  if (!fits) return integer(env, -ENAMETOOLONG);
  struct timeval limit = {.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return integer(env, -errno);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
      connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
    return integer(env, fd);
  }
  int failed = errno;
  close(fd);
  return integer(env, -failed);
}

/* window(fd): the columns of a terminal, 0 where it does not know; null when it is none. */
static napi_value window(napi_env env, napi_callback_info info) {
  napi_value given, none;
  size_t count = 1;
  int32_t fd;
  struct winsize size = {0};
  if (napi_get_cb_info(env, info, &count, &given, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_int32(env, given, &fd) != napi_ok) {
    return misused(env, "window(fd)");
  }
  if (!isatty(fd)) return napi_get_null(env, &none) == napi_ok ? none : NULL;
  return integer(env, ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0);
}

/* reap(pid): null while it runs; else the exit code, or -(number of the signal that ended it). It is forgotten then. */
static napi_value reap(napi_env env, napi_callback_info info) {
  napi_value given, running;
  size_t count = 1;
  int32_t pid;
  if (napi_get_cb_info(env, info, &count, &given, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_int32(env, given, &pid) != napi_ok || pid <= 0) {
    return misused(env, "reap(pid)");
  }
  int status = 0;
  pid_t ended;
  do ended = waitpid(pid, &status, WNOHANG);
  while (ended == -1 && errno == EINTR);
  if (ended == pid) return integer(env, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
  if (ended == 0) return napi_get_null(env, &running) == napi_ok ? running : NULL;
  napi_throw_error(env, "ECHILD", "somebody else has waited for it");
  return NULL;
}

/* A whole file, NUL at its end; its length, or -1. `*room` grows as needed. */
static ssize_t read_whole(int fd, char **room, size_t *size) {
  size_t length = 0;
  for (;;) {
    ssize_t got = read(fd, *room + length, *size - 1 - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    length += (size_t)got;
    if (got == 0) break;
    if (length < *size - 1) continue;
    char *larger = realloc(*room, *size * 2);
    if (larger == NULL) return -1;
    *room = larger;
    *size *= 2;
  }
  (*room)[length] = 0;
  return (ssize_t)length;
}

/* Whether one of these variables, each ended by NUL, begins like that. */
static bool has_entry(const char *environment, size_t length, const char *beginning, size_t beginning_length) {
  for (const char *entry = environment; entry < environment + length; entry += strlen(entry) + 1) {
    if (strncmp(entry, beginning, beginning_length) == 0) return true;
  }
  return false;
}

/*
 * bear(pids, beginning): those whose environment, as /proc shows it, has a variable that begins like that. Not those that
 * have gone, that have none, or that may not be looked at.
 */
static napi_value bear(napi_env env, napi_callback_info info) {
  napi_value given[2], result;
  size_t count = 2, size = 64 * 1024;
  uint32_t length, found = 0;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count != 2 ||
      napi_get_array_length(env, given[0], &length) != napi_ok) {
    return misused(env, "bear(pids, beginning)");
  }
  char *beginning = text_of(env, given[1]);
  if (beginning == NULL) return misused(env, "the beginning is a string without NUL");
  char *room = malloc(size);
  if (room == NULL || napi_create_array(env, &result) != napi_ok) {
    free(beginning);
    free(room);
    return NULL;
  }
  for (uint32_t index = 0; index < length; index += 1) {
    napi_handle_scope scope;
    napi_value pid;
    int32_t number;
    char path[32];
    if (napi_open_handle_scope(env, &scope) != napi_ok) break;
    if (napi_get_element(env, given[0], index, &pid) == napi_ok && napi_get_value_int32(env, pid, &number) == napi_ok) {
      snprintf(path, sizeof path, "/proc/%d/environ", number);
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      ssize_t got = fd < 0 ? -1 : read_whole(fd, &room, &size);
      if (fd >= 0) close(fd);
      if (got > 0 && has_entry(room, (size_t)got, beginning, strlen(beginning))) {
        napi_set_element(env, result, found, pid);
        found += 1;
      }
    }
    napi_close_handle_scope(env, scope);
  }
  free(beginning);
  free(room);
  return result;
}

/*
 * leave(code): does not return, but where Node would put a standard stream right: one that it made non-blocking for itself,
 * and that others may share. Whoever calls has done all that is to be done at the exit.
 */
static napi_value leave(napi_env env, napi_callback_info info) {
  napi_value given;
  size_t count = 1;
  int32_t code;
  if (napi_get_cb_info(env, info, &count, &given, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_int32(env, given, &code) != napi_ok) {
    return misused(env, "leave(code)");
  }
  for (int stream = 0; stream < 3; stream += 1) {
    int flags = fcntl(stream, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK)) return NULL;
  }
  _exit(code);
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"spawn", spawn_program}, {"launch", launch_program}, {"pipe", make_pipe}, {"pair", make_pair},
                   {"bind", try_to_bind},    {"listen", listen_on},     {"reap", reap},      {"bear", bear},
                   {"leave", leave},         {"dial", dial},            {"window", window}};
  for (size_t index = 0; index < sizeof functions / sizeof *functions; index += 1) {
    napi_value function;
    if (napi_create_function(env, functions[index].name, NAPI_AUTO_LENGTH, functions[index].call, NULL, &function) !=
            napi_ok ||
        napi_set_named_property(env, exports, functions[index].name, function) != napi_ok) {
      return NULL;
    }
  }
  return exports;
}
