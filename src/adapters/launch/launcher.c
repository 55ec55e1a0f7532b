// The launcher of a task on Linux: the part of keeper.c that waits for messages in a pane, runs the task's command, records
// how it ended, and waits again. It does what launcher.sh does where no keeper can run.
//
// The task's directory has the FIFO with the messages, each a line: `launch RUN KEY` runs the command that the file `launch`
// describes, `sync TOKEN` writes the token into `synced`. KEY is the secret of the marks for the log (domain/logs/marks.ts).
// All signals from the terminal are for the command; only the end of the terminal ends the launcher.

#if defined(__x86_64__)
enum { SIGPROCMASK = 14, PRLIMIT = 302 };
#else
enum { SIGPROCMASK = 135, PRLIMIT = 261 };
#endif

enum { GET_MODES = 0x5401, SET_MODES = 0x5402, GET_FOREGROUND = 0x540F };
enum { BLOCK = 0, REPLACE = 2, SIGINT = 2, SIGQUIT = 3, SIGTERM = 15, OPEN_FILES = 7, NOT_EXECUTABLE_TEXT = 8 };
enum { MOST_MESSAGES = 4096 };

// A launcher, and the keeper above it, as they are recorded with each launch.
struct launcher {
  struct place at;
  struct process self, keeper;
  char **envp;
  word signals; // as they were blocked before
};

// Notifies the monitor.
static void notify(const struct launcher *own) {
  struct text news;
  set(&news, own->at.session.bytes), add(&news, "news/");
  put(news.bytes, own->at.task, TO_TRUNCATE, "");
}

static word number_of(const char *digits, word base) {
  word number = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++) number = number * base + (word)(*digits - '0');
  return number;
}

// The fields of the file `launch`, each ended by a NUL; see launch-fields.ts. The variables follow.
enum { RUN, CWD, MODE, FILES, SHELL, COMMAND, LENGTH, BEFORE_PID, BEFORE_LENGTH, NOTE, REST, VARIABLES };

static void set_file_limit(const char *soft) {
  word limits[2];
  if (*soft == 0 || call(PRLIMIT, 0, OPEN_FILES, 0, (word)limits) < 0) return;
  limits[0] = number_of(soft, 10);
  call(PRLIMIT, 0, OPEN_FILES, (word)limits, 0); // a limit above the hard one is refused
}

static void record_start(const struct launcher *own, char **fields) {
  struct process self;
  struct text line, said;
  describe("self", &self);
  const char *words[] = {"start", fields[RUN], self.pid, self.start, own->self.pid,
                         own->self.start, own->keeper.pid, own->keeper.start};
  set(&line, "");
  for (int at = 0; at < 8; at++) add(&line, at ? " " : ""), add(&line, words[at]);
  add(&line, "\n");
  put(own->at.directory.bytes, "record", TO_APPEND, line.bytes);
  notify(own);
  // In one write, so that no other output comes in between.
  set(&said, fields[BEFORE_PID]), add(&said, self.pid), add(&said, fields[BEFORE_LENGTH]);
  add_number(&said, number_of(fields[LENGTH], 10) + length_of(self.pid));
  add(&said, fields[NOTE]), add(&said, self.pid), add(&said, fields[REST]);
  print(1, said.bytes);
}

// Whether tmux sets this variable in each pane.
static int is_panes(const char *variable) {
  static const char *const names[] = {"TERM=", "TMUX=", "TMUX_PANE=", "TERM_PROGRAM=", "TERM_PROGRAM_VERSION="};
  for (word at = 0; at < sizeof names / sizeof *names; at++)
    if (is_same(variable, names[at])) return 1;
  return 0;
}

// Adds the pane's variables that the launch doesn't set itself; there is room for them.
static void add_panes(char **variables, word count, char **envp) {
  for (word set = count; *envp; envp++) {
    if (!is_panes(*envp)) continue;
    word other = 0;
    while (other < set && !is_same(*envp, variables[other])) other++;
    if (other == set) variables[count++] = *envp;
  }
  variables[count] = 0;
}

enum { NOT_THERE = 2, TOO_LONG = 7, NOT_PERMITTED = 13 };

// Says why the command doesn't run, and ends with a shell's status for it.
__attribute__((noreturn)) static void refuse(const char *act, const char *path, long error) {
  print(2, "[taskmux] cannot "), print(2, act), print(2, " "), print(2, path);
  if (error == -NOT_THERE) print(2, ": it doesn't exist");
  if (error == -NOT_PERMITTED) print(2, ": permission denied");
  if (error == -TOO_LONG) print(2, ": the command and its variables are too long");
  print(2, "\n");
  leave(error == -NOT_THERE && act[0] == 'r' ? FOUND_NOTHING : CANNOT);
}

static void become(const struct launcher *own, char **fields, word count) {
  char *argv[] = {fields[SHELL], "-c", fields[COMMAND], 0};
  char *by_sh[] = {"/bin/sh", fields[SHELL], "-c", fields[COMMAND], 0};
  const long entered = call(CHDIR, (word)fields[CWD], 0, 0, 0);
  if (entered < 0) refuse("enter", fields[CWD], entered);
  set_file_limit(fields[FILES]);
  call(UMASK, number_of(fields[MODE], 8), 0, 0, 0);
  add_panes(fields + VARIABLES, count - VARIABLES, own->envp);
  call(SIGPROCMASK, REPLACE, (word)&own->signals, 0, 8);
  long failed = call(EXECVE, (word)fields[SHELL], (word)argv, (word)(fields + VARIABLES), 0);
  // As execvp(3) does with a script that names no interpreter.
  if (failed == -NOT_EXECUTABLE_TEXT) call(EXECVE, (word)by_sh[0], (word)by_sh, (word)(fields + VARIABLES), 0);
  refuse("run", fields[SHELL], failed);
}

// Records itself and becomes the command. A file that isn't of this launch was written by a taskmux of another version.
static void run_command(const struct launcher *own, const char *run) {
  struct text path;
  word size, count = 0, panes = 0;
  set(&path, own->at.directory.bytes), add(&path, "launch");
  char *file = read_file(path.bytes, &size);
  if (file == 0) leave(CANNOT);
  for (word at = 0; at < size; at++) count += file[at] == 0;
  for (char **each = own->envp; *each; each++) panes++;
  char **fields = (char **)reserve((count + panes + 1) * sizeof(char *));
  if (is_failure(fields) || count < VARIABLES || size == 0) leave(CANNOT);
  for (word at = 0, start = 0, field = 0; at < size; at++) {
    if (file[at] != 0) continue;
    fields[field++] = file + start;
    start = at + 1;
  }
  for (word at = 0; fields[RUN][at] || run[at]; at++)
    if (fields[RUN][at] != run[at]) leave(CANNOT);
  record_start(own, fields);
  become(own, fields, count);
}

// Resets what a program killed in full-screen mode leaves: alternate screen, hidden cursor, mouse, bracketed paste.
static const char TIDY[] = "\033[?1049l\033[?25h\033[?1000;1002;1003;1006;2004l\033[0m";

static void add_mark(struct text *text, const char *key) { add(text, "\033]7776;"), add(text, key), add(text, ";"); }

// Prints the end, and a note for people in the window, in one write; the length is for the log.
static void print_end(const char *run, const char *key, word number, const char *kind) {
  struct text said, note;
  set(&note, TIDY), add(&note, "\033[2m[taskmux] ");
  add(&note, kind[0] == 'e' ? "exited with status " : "ended by signal "), add_number(&note, number);
  add(&note, "\033[0m\033E"), add_mark(&note, key), add(&note, "end\033\\");
  set(&said, ""), add_mark(&said, key), add(&said, "exit;"), add(&said, run), add(&said, ";"), add_number(&said, number);
  add(&said, ";"), add(&said, kind), add(&said, "\033\\");
  add_mark(&said, key), add(&said, "note;"), add_number(&said, note.size), add(&said, "\033\\");
  add(&said, note.bytes);
  print(1, said.bytes);
}

static void record_end(const struct launcher *own, const char *run, word number, const char *kind) {
  struct text line;
  set(&line, "exit "), add(&line, run), add(&line, " "), add_number(&line, number);
  add(&line, " "), add(&line, kind), add(&line, "\n");
  put(own->at.directory.bytes, "record", TO_APPEND, line.bytes);
  notify(own);
}

// A command may leave its own modes, `O_NONBLOCK`, with which the end would not be printed while tmux is busy, and a
// foreground group that no longer exists (`bash -i` takes the foreground): then C-c reaches no process.
static void restore_terminal(const char *modes) {
  for (word fd = 0; fd < 3; fd++) call(FCNTL, fd, SET_FLAGS, TO_READ_AND_WRITE, 0);
  int own = (int)call(GETPGID, 0, 0, 0, 0), group = 0;
  if (call(IOCTL, 0, GET_FOREGROUND, (word)&group, 0) == 0 && group != own) call(IOCTL, 0, TIOCSPGRP, (word)&own, 0);
  call(IOCTL, 0, SET_MODES, (word)modes, 0);
}

static void launch(const struct launcher *own, const char *modes, const char *run, const char *key) {
  int status = 0;
  long pid = call(CLONE, SIGCHLD, 0, 0, 0);
  if (pid == 0) run_command(own, run);
  if (pid < 0 || call(WAIT4, (word)pid, (word)&status, 0, 0) < 0) status = CANNOT << 8;
  const int signal = status & 0x7f;
  const word number = (word)(signal ? signal : status >> 8 & 0xff);
  restore_terminal(modes);
  record_end(own, run, number, signal ? "signal" : "exit");
  print_end(run, key, number, signal ? "signal" : "exit");
}

static void handle_message(const struct launcher *own, const char *modes, const char *message) {
  char what[8], one[256], other[256];
  next_word(next_word(next_word(message, what, sizeof what), one, sizeof one), other, sizeof other);
  if (what[0] == 'l') launch(own, modes, one, other);
  if (what[0] != 's') return;
  // All earlier messages have been processed, so the record is up to date.
  struct text answer;
  set(&answer, one), add(&answer, "\n");
  put(own->at.directory.bytes, "synced", TO_TRUNCATE, answer.bytes);
}

static void read_messages(const struct launcher *own, const char *modes, long fifo) {
  static char messages[MOST_MESSAGES];
  word size = 0, start;
  for (;;) {
    long count = call(READ, (word)fifo, (word)(messages + size), sizeof messages - size, 0);
    if (count <= 0) leave(1);
    size += (word)count;
    start = 0;
    for (word at = 0; at < size; at++) {
      if (messages[at] != '\n') continue;
      messages[at] = 0;
      handle_message(own, modes, messages + start);
      start = at + 1;
    }
    for (word at = start; at < size; at++) messages[at - start] = messages[at];
    size = size - start < sizeof messages ? size - start : 0;
  }
}

// `directory`: the task's; `name`: of the FIFO in it, which is gone if another launcher has taken this one's place.
__attribute__((noreturn)) static void wait_for_launches(const char *directory, const char *name, char **envp) {
  static struct launcher own;
  static char modes[64];
  struct text path;
  const word blocked = 1ul << (SIGINT - 1) | 1ul << (SIGQUIT - 1) | 1ul << (SIGTERM - 1) | 1ul << (SIGTTOU - 1);
  locate(&own.at, directory);
  own.envp = envp;
  call(SIGPROCMASK, BLOCK, (word)&blocked, (word)&own.signals, 8);
  call(UMASK, 077, 0, 0, 0);
  set(&path, own.at.directory.bytes), add(&path, name);
  // Opened read-write: opening never blocks, reading never sees an end of file.
  long fifo = call(OPENAT, (word)AT_FDCWD, (word)path.bytes, TO_READ_AND_WRITE | O_CLOEXEC, 0);
  // If the window was closed before it became this process's terminal, no SIGHUP comes.
  if (fifo < 0 || call(IOCTL, 0, GET_MODES, (word)modes, 0) < 0) leave(1);
  describe("self", &own.self);
  describe(own.self.parent, &own.keeper);
  read_messages(&own, modes, fifo);
  leave(1);
}
