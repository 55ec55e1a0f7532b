// The end of a pane's pipe on Linux, a part of keeper.c; log-pipe.ts has the script for other systems. It copies the output
// into the FIFO of the task, which the session's log hub reads, and tells the hub that it is there. What no hub reads for
// too long is discarded, because the tmux server's memory grows while a pipe waits.

#if defined(__x86_64__)
enum { PPOLL = 271 };
#else
enum { PPOLL = 73 };
#endif

enum { SIGHUP = 1, FROM_HERE = 1, POLLOUT = 4, EAGAIN = 11 };

static char chunk[16384];

// A FIFO that is written to.
struct output {
  long fd;
  word patience; // seconds after which unread output is discarded
  word lost;     // bytes discarded since the last write
};

// Opens a FIFO for reading and writing: that never waits, and writing to it waits for a reader and never fails. Negative if
// there is none: only other files have a position.
static long open_fifo(const char *directory, const char *name) {
  struct text path;
  set(&path, directory), add(&path, name);
  long fd = call(OPENAT, (word)AT_FDCWD, (word)path.bytes, TO_READ_AND_WRITE | O_CLOEXEC, 0);
  if (fd < 0 || call(LSEEK, (word)fd, 0, FROM_HERE, 0) < 0) return fd;
  call(CLOSE, (word)fd, 0, 0, 0);
  return -1;
}

// Whether the FIFO takes a few thousand bytes within this time, in seconds.
static int is_writable(const struct output *output, word seconds) {
  struct {
    int fd;
    short events, found;
  } asked = {(int)output->fd, POLLOUT, 0};
  const word limit[2] = {seconds, 0};
  return call(PPOLL, (word)&asked, 1, (word)limit, 0) > 0;
}

// The line has the form of the hub's (missingLine in domain/logs/line.ts).
static void report_loss(struct output *output) {
  struct text line;
  set(&line, "\r\n[taskmux] log lines may be missing here: no log hub has read the output; ");
  add_number(&line, output->lost), add(&line, " bytes are lost\r\n");
  output->lost = 0;
  print(output->fd, line.bytes);
}

static void write_chunk(struct output *output, long size) {
  if (output->lost && is_writable(output, 0)) report_loss(output);
  for (long done = 0; done < size;) {
    long count = call(WRITE, (word)output->fd, (word)(chunk + done), (word)(size - done), 0);
    if (count > 0) done += count;
    else if (count == -EAGAIN && !is_writable(output, output->lost ? 0 : output->patience)) {
      output->lost += (word)(size - done);
      return;
    } else if (count != -EAGAIN && count != -EINTR) leave(CANNOT);
  }
}

// Copies stdin until its end. Without a FIFO all is discarded.
static void copy_to(struct output *output) {
  long size;
  call(FCNTL, (word)output->fd, SET_FLAGS, TO_READ_AND_WRITE | O_NONBLOCK, 0);
  while ((size = call(READ, 0, (word)chunk, sizeof chunk, 0)) > 0 || size == -EINTR)
    if (size > 0 && output->fd >= 0) write_chunk(output, size);
  if (output->lost && is_writable(output, 0)) report_loss(output);
}

// Keeps what the hub has still to read, 10 s at most: a FIFO that no process has open is empty. Only a reading end is kept,
// so that the reader finds the end after the last byte.
static void keep_rest(const struct place *place, const char *output, long fifo) {
  const word pause[2] = {0, 10000000};
  struct text path;
  int left = 0;
  set(&path, place->directory.bytes), add(&path, output);
  long held = call(OPENAT, (word)AT_FDCWD, (word)path.bytes, O_NONBLOCK | O_CLOEXEC, 0);
  call(CLOSE, (word)fifo, 0, 0, 0);
  for (int looks = 0; looks < 1000; looks++) {
    if (held < 0 || call(IOCTL, (word)held, FIONREAD, (word)&left, 0) < 0 || left == 0) break;
    call(NANOSLEEP, (word)pause, 0, 0, 0);
  }
}

static void record_pipe(const struct place *place) {
  struct process self;
  struct text line;
  describe("self", &self);
  set(&line, self.pid), add(&line, " "), add(&line, self.start), add(&line, "\n");
  put(place->directory.bytes, "pipe", TO_TRUNCATE, line.bytes);
}

static void notify_hub(const struct place *place, const char *messages) {
  struct text line;
  long hub = open_fifo(place->session.bytes, messages);
  if (hub < 0) return;
  set(&line, place->task), add(&line, "\n");
  print(hub, line.bytes);
  call(CLOSE, (word)hub, 0, 0, 0);
}

// The arguments: the task's directory, the name of the FIFO in it, that of the hub's in the session's directory, and the
// seconds for which output waits. Signals to the tmux server's whole group are ignored: when the server ends, the pipe ends,
// and its last lines must still be copied.
__attribute__((noreturn)) static void copy_output(char **arguments) {
  static struct place place;
  const char *directory = arguments[0], *name = arguments[1], *messages = arguments[2];
  const action ignore = {1, 0, 0, 0};
  set_action(SIGHUP, &ignore, 0);
  set_action(SIGINT, &ignore, 0);
  set_action(SIGTERM, &ignore, 0);
  call(UMASK, 077, 0, 0, 0);
  call(CHDIR, (word) "/", 0, 0, 0);
  locate(&place, directory);
  struct output output = {open_fifo(place.directory.bytes, name), number_of(arguments[3], 10), 0};
  if (output.fd >= 0) record_pipe(&place), notify_hub(&place, messages);
  copy_to(&output);
  if (output.fd >= 0) keep_rest(&place, name, output.fd);
  leave(0);
}
