// What launcher.c and log-pipe.c have in common: texts, the files in a task's directory, and what /proc says of a process.

#if defined(__x86_64__)
enum { FCNTL = 72, UMASK = 95 };
#else
enum { FCNTL = 25, UMASK = 166 };
#endif

enum { TO_WRITE = 01, TO_READ_AND_WRITE = 02, TO_CREATE = 0100, TO_TRUNCATE = 01000, TO_APPEND = 02000 };
enum { SET_FLAGS = 4 };
enum { MOST_TEXT = 5120 };

// A text that is built from parts; what doesn't fit is cut off.
struct text {
  word size;
  char bytes[MOST_TEXT];
};

static void add(struct text *text, const char *more) {
  while (*more && text->size < MOST_TEXT - 1) text->bytes[text->size++] = *more++;
  text->bytes[text->size] = 0;
}

static void set(struct text *text, const char *first) {
  text->size = 0;
  add(text, first);
}

static void add_number(struct text *text, word number) {
  char digits[24];
  int at = sizeof digits - 1;
  for (digits[at] = 0; number > 9; number /= 10) digits[--at] = (char)('0' + number % 10);
  digits[--at] = (char)('0' + number);
  add(text, digits + at);
}

static word length_of(const char *text) {
  word length = 0;
  while (text[length]) length++;
  return length;
}

static void write_bytes(long fd, const char *bytes, word size) {
  while (size > 0) {
    long count = call(WRITE, (word)fd, (word)bytes, size, 0);
    if (count <= 0) return;
    bytes += count;
    size -= (word)count;
  }
}

static void print(long fd, const char *text) { write_bytes(fd, text, length_of(text)); }

// Writes a text to a file of the given path's parts; `how`: TO_APPEND or TO_TRUNCATE.
static void put(const char *directory, const char *name, int how, const char *text) {
  struct text path;
  set(&path, directory), add(&path, name);
  long fd = call(OPENAT, (word)AT_FDCWD, (word)path.bytes, (word)(TO_WRITE | TO_CREATE | how | O_CLOEXEC), 0600);
  if (fd < 0) return;
  print(fd, text);
  call(CLOSE, (word)fd, 0, 0, 0);
}

// A process as the kernel describes it; all empty if it can't be read.
struct process {
  char pid[24], parent[24], start[24];
};

// Copies the next word of a text, and returns what follows it.
static const char *next_word(const char *from, char *copy, word most) {
  word size = 0;
  for (; *from && *from != ' '; from++)
    if (size < most - 1) copy[size++] = *from;
  copy[size] = 0;
  return *from ? from + 1 : from;
}

// proc_pid_stat(5): the pid, the name in parentheses, the state, the parent (field 4); the start time is field 22.
static void describe(const char *pid, struct process *found) {
  struct text path;
  char stat[1024], other[24];
  found->pid[0] = found->parent[0] = found->start[0] = 0;
  set(&path, "/proc/"), add(&path, pid), add(&path, "/stat");
  long fd = call(OPENAT, (word)AT_FDCWD, (word)path.bytes, O_CLOEXEC, 0);
  long size = fd < 0 ? fd : call(READ, (word)fd, (word)stat, sizeof stat - 1, 0);
  if (fd >= 0) call(CLOSE, (word)fd, 0, 0, 0);
  if (size <= 0) return;
  stat[size] = 0;
  next_word(stat, found->pid, sizeof found->pid);
  while (size > 0 && stat[size - 1] != ')') size--;
  const char *rest = next_word(next_word(stat + size + 1, other, sizeof other), found->parent, sizeof found->parent);
  for (int field = 5; field < 22; field++) rest = next_word(rest, other, sizeof other);
  next_word(rest, found->start, sizeof found->start);
}

// The directory of a task and that of its session, each with a slash at the end.
struct place {
  struct text directory, session;
  const char *task;
};

// Splits TASKDIR, which is SESSIONDIR/tasks/TASK.
static void locate(struct place *place, const char *directory) {
  word end = length_of(directory);
  set(&place->directory, directory), add(&place->directory, "/");
  while (end > 0 && directory[end - 1] != '/') end--;
  place->task = directory + end;
  set(&place->session, directory);
  for (end -= end > 0; end > 0 && directory[end - 1] != '/';) end--;
  place->session.size = end;
  place->session.bytes[end] = 0;
}
