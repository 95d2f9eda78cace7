// Counts the instructions of a part of a program, one step at a time.
//
//     InstructionCounter PROGRAM [ARGUMENT]...
//
// The program sends itself SIGUSR1 before and after the part. Prints the number of instructions in between. This takes a
// few microseconds per instruction and works with all instruction sets of the processor. Linux only.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifdef __linux__

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *action) {
    fprintf(stderr, "InstructionCounter: error: %s: %s\n", action, strerror(errno));
    return 1;
}

/// Runs the program. Prints the count after the second signal.
static int count(pid_t child) {
    long long steps = -1;
    int status = 0;
    while (waitpid(child, &status, 0) == child) {
        if (WIFEXITED(status)) {
            if (WEXITSTATUS(status) == 0) fputs("InstructionCounter: error: the program didn't send SIGUSR1 twice\n", stderr);
            return WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
        }
        if (WIFSIGNALED(status)) {
            fprintf(stderr, "InstructionCounter: error: the program received signal %d\n", WTERMSIG(status));
            return 1;
        }
        int delivered = WSTOPSIG(status);
        if (delivered == SIGUSR1) {
            if (steps >= 0) {
                printf("%lld\n", steps);
                kill(child, SIGKILL);
                return 0;
            }
            steps = 0;
            delivered = 0;
        } else if (delivered == SIGTRAP) {
            if (steps >= 0) steps++;
            delivered = 0;
        }
        if (ptrace(steps >= 0 ? PTRACE_SINGLESTEP : PTRACE_CONT, child, NULL, (void *)(long)delivered)) return fail("ptrace");
    }
    return fail("waitpid");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: InstructionCounter PROGRAM [ARGUMENT]...\n", stderr);
        return 64;
    }
    const pid_t child = fork();
    if (child < 0) return fail("fork");
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) return fail("ptrace");
        execv(argv[1], argv + 1);
        return fail(argv[1]);
    }
    return count(child);
}

#else

int main(void) {
    fputs("InstructionCounter: error: only Linux is supported\n", stderr);
    return 1;
}

#endif
