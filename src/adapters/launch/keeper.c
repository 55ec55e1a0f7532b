// The process that tmux starts in a task's pane; with launcher.c the launcher below it, with log-pipe.c the end of the
// pane's pipe. They are small: no libc, for Linux on x86-64 and aarch64. scripts/keeper.ts compiles them into
// keeper.generated.ts.
//
//   keeper                             exits with 0 if it works on this system
//   keeper .0000000000 PROGRAM ARGS..  runs PROGRAM on the terminal, and waits for it and all its descendants
//   keeper .0000000000 launcher SCRIPT TASKDIR FIFO
//                                      runs the launcher of launcher.c instead of a program; it doesn't use SCRIPT, by
//                                      which taskmux recognizes the launchers of a session
//   keeper pipe TASKDIR OUTPUT MESSAGES SECONDS
//                                      is the end of a pane's pipe (log-pipe.c)
//
// A process whose parent has ended becomes a child of the nearest subreaper above it, whatever it has done to its
// environment, process group and session. So all descendants of a task stay below its keeper. When the pane is closed, or
// the tmux server ends, the terminal's hang-up goes to the program, which leads the terminal's session, and not to the
// keeper. The keeper exits after its last descendant.

typedef unsigned long word;

#if defined(__x86_64__)
enum {
  READ = 0, WRITE = 1, CLOSE = 3, LSEEK = 8, MMAP = 9, SIGACTION = 13, IOCTL = 16, NANOSLEEP = 35, CLONE = 56, EXECVE = 59,
  WAIT4 = 61, KILL = 62, CHDIR = 80, SETSID = 112, GETPGID = 121, PRCTL = 157, EXIT = 231, OPENAT = 257, PIPE2 = 293,
};
static long call(long number, word a, word b, word c, word d) {
  long result;
  register word r10 __asm__("r10") = d;
  register word r8 __asm__("r8") = 0;
  register word r9 __asm__("r9") = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(".globl _start\n_start:\n mov %rsp, %rdi\n and $-16, %rsp\n call begin\n");
#elif defined(__aarch64__)
enum {
  READ = 63, WRITE = 64, CLOSE = 57, LSEEK = 62, MMAP = 222, SIGACTION = 134, IOCTL = 29, NANOSLEEP = 101, CLONE = 220,
  EXECVE = 221, KILL = 129, WAIT4 = 260, CHDIR = 49, SETSID = 157, GETPGID = 155, PRCTL = 167, EXIT = 94, OPENAT = 56, PIPE2 = 59,
};
static long call(long number, word a, word b, word c, word d) {
  register long x8 __asm__("x8") = number;
  register word x0 __asm__("x0") = a;
  register word x1 __asm__("x1") = b;
  register word x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d;
  register word x4 __asm__("x4") = 0;
  register word x5 __asm__("x5") = 0;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return (long)x0;
}
__asm__(".globl _start\n_start:\n mov x0, sp\n bl begin\n");
#else
#error "no system calls are known for this processor"
#endif

enum { CLOSE_RANGE = 436 };
enum { WUNTRACED = 2, HAS_STOPPED = 0x7f };
enum { TIOCSCTTY = 0x540E, TIOCSPGRP = 0x5410, TIOCNOTTY = 0x5422, FIONREAD = 0x541B };
enum { O_NONBLOCK = 04000, EINTR = 4 };
enum { SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGCHLD = 17,
       SIGCONT = 18, SIGSTOP = 19, SIGTTOU = 22, LAST_SIGNAL = 31 };
enum { PR_SET_CHILD_SUBREAPER = 36, O_CLOEXEC = 02000000, AT_FDCWD = -100, SEEK_SET = 0, SEEK_END = 2 };
enum { PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22, FOUND_NOTHING = 127, CANNOT = 126 };

__attribute__((noreturn)) static void leave(word status) {
  for (;;) call(EXIT, status, 0, 0, 0);
}

// The kernel's struct sigaction: handler (0: default, 1: ignore), flags, restorer, mask.
typedef word action[4];

static void set_action(word signal, const action *now, action *before) {
  call(SIGACTION, signal, (word)now, (word)before, 8);
}

// Signals that are sent to end or stop a process. Those of the keeper's own faults keep their default action.
static int is_ignorable(int signal) {
  const word kept = 1u << SIGILL | 1u << SIGTRAP | 1u << SIGABRT | 1u << SIGBUS | 1u << SIGFPE | 1u << SIGKILL |
                    1u << SIGSEGV | 1u << SIGCHLD | 1u << SIGCONT | 1u << SIGSTOP;
  return !(kept >> signal & 1);
}

// Writes the pid into the command line of this process, where taskmux reads it. It is complete once `+` is written.
static void show(volatile char *field, long pid) {
  for (int at = 10; at > 0; at--, pid /= 10) field[at] = (char)('0' + pid % 10);
  field[0] = '+';
}

static long status_of(int status) { return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff; }

__attribute__((noreturn)) static void wait_for_launches(const char *directory, const char *name, char **envp);

// Whether the program is the launcher in launcher.c: all others are absolute paths.
static int is_launcher(char **argv) { return argv[0][0] != '/' && argv[1] && argv[2] && argv[3]; }

// Overwrites the field in the command line of this process, so that it isn't taken for a keeper.
static void rename_field(volatile char *field) {
  const char *name = "launcher...";
  for (int at = 0; name[at]; at++) field[at] = name[at];
}

static void run(char *field, char **argv, char **envp, const action *before, const int *gate) {
  char byte;
  for (int signal = 1; signal <= LAST_SIGNAL; signal++)
    if (is_ignorable(signal)) set_action((word)signal, &before[signal], 0);
  call(SETSID, 0, 0, 0, 0);
  call(IOCTL, 0, TIOCSCTTY, 0, 0);
  call(CLOSE, (word)gate[1], 0, 0, 0);
  call(READ, (word)gate[0], (word)&byte, 1, 0); // until its pid is written
  if (is_launcher(argv)) {
    call(CLOSE, (word)gate[0], 0, 0, 0);
    rename_field(field);
    wait_for_launches(argv[2], argv[3], envp);
  }
  call(EXECVE, (word)argv[0], (word)argv, (word)envp, 0);
  leave(FOUND_NOTHING);
}

static void keep(char *field, char **argv, char **envp) {
  action before[LAST_SIGNAL + 1];
  const action ignore = {1, 0, 0, 0};
  const action standard = {0, 0, 0, 0};
  int gate[2], status;
  long pid, ended, result = 0;
  set_action(SIGCHLD, &standard, 0);
  for (int signal = 1; signal <= LAST_SIGNAL; signal++)
    if (is_ignorable(signal)) set_action((word)signal, &ignore, &before[signal]);
  call(PRCTL, PR_SET_CHILD_SUBREAPER, 1, 0, 0);
  call(PIPE2, (word)gate, O_CLOEXEC, 0, 0);
  call(IOCTL, 0, TIOCNOTTY, 0, 0);
  pid = call(CLONE, SIGCHLD, 0, 0, 0);
  if (pid == 0) run(field, argv, envp, (const action *)before, gate);
  if (pid < 0) leave(CANNOT);
  show(field, pid);
  // This closes the gate and the terminal too: tmux sees the terminal's end once the program has closed it. The keeper's
  // directory can be unmounted.
  if (call(CLOSE_RANGE, 0, ~0u, 0, 0) < 0)
    for (word fd = 0; fd < 64; fd++) call(CLOSE, fd, 0, 0, 0);
  call(CHDIR, (word) "/", 0, 0, 0);
  while ((ended = call(WAIT4, (word)-1, (word)&status, WUNTRACED, 0)) > 0) {
    if (ended != pid) continue;
    if ((status & 0xff) == HAS_STOPPED) {
      call(KILL, (word)pid, SIGCONT, 0, 0); // as tmux does with the process that it has started
      continue;
    }
    ((volatile char *)field)[0] = '.';
    result = status_of(status);
  }
  leave((word)result);
}

// Whether two variables have one name.
static int is_same(const char *one, const char *other) {
  while (*one == *other && *one != '=' && *one != 0) one++, other++;
  return *one == *other;
}

static char *reserve(word size) {
  // Two more arguments than call() has: no file, offset 0. An anonymous map ignores the descriptor.
  return (char *)call(MMAP, 0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS);
}

static int is_failure(const void *address) { return (word)address > (word)-4096; }

// Returns the text of a file and its size; null if it can't be read.
static char *read_file(const char *path, word *size) {
  long fd = call(OPENAT, (word)AT_FDCWD, (word)path, O_CLOEXEC, 0);
  long length = fd < 0 ? fd : call(LSEEK, (word)fd, 0, SEEK_END, 0);
  if (length < 0) return 0;
  char *text = reserve((word)length + 1);
  if (is_failure(text)) return 0;
  call(LSEEK, (word)fd, 0, SEEK_SET, 0);
  for (*size = 0; *size < (word)length;) {
    long count = call(READ, (word)fd, (word)(text + *size), (word)length - *size, 0);
    if (count <= 0) return 0;
    *size += (word)count;
  }
  return text;
}

#include "records.c"
#include "launcher.c"

#include "log-pipe.c"

__attribute__((noreturn, used)) void begin(word *stack) {
  word argc = stack[0];
  char **argv = (char **)(stack + 1);
  char **envp = argv + argc + 1;
  if (argc == 1) leave(call(PRCTL, PR_SET_CHILD_SUBREAPER, 1, 0, 0) != 0);
  if (argc > 2 && argv[1][0] == '.') keep(argv[1], argv + 2, envp);
  if (argc == 6 && argv[1][0] == 'p') copy_output(argv + 2);
  leave(CANNOT);
}
