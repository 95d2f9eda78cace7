// The program `bert` of the Python wheel. It runs the program in the wheel's libswift_bert.so, so that the wheel contains the
// code once. VERSION is the version of the wheel.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Where pip puts the package, relative to the folder of the program: in an environment, and with --target.
static const char *const places[] = {"../lib*/python3*/*-packages", "..", "../local/lib*/python3*/*-packages"};

// Copies a path as a pattern that only matches this path.
static void quote(const char *path, char *pattern) {
    for (; *path; path++) {
        if (strchr("*?[\\", *path)) *pattern++ = '\\';
        *pattern++ = *path;
    }
    *pattern = 0;
}

// Finds the library beside the metadata of this version: there may be packages of other versions for other Pythons.
static int find(const char *folder, char *library, size_t size) {
    char quoted[2 * PATH_MAX], pattern[3 * PATH_MAX];
    quote(folder, quoted);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int length = snprintf(pattern, sizeof pattern, "%s/%s/swift_bert-%s.dist-info", quoted, places[i], VERSION);
        glob_t found;
        if (length < 0 || (size_t)length >= sizeof pattern || glob(pattern, 0, NULL, &found) != 0) continue;
        for (size_t j = 0; j < found.gl_pathc; j++) {
            length = snprintf(library, size, "%s/../swift_bert/lib/libswift_bert.so", found.gl_pathv[j]);
            if (length > 0 && (size_t)length < size && access(library, R_OK) == 0) {
                globfree(&found);
                return 1;
            }
        }
        globfree(&found);
    }
    return 0;
}

int main(int argc, char **argv) {
    char folder[PATH_MAX], library[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (length <= 0) {
        fputs("bert: error: /proc/self/exe can't be read: bert needs /proc to find its library\n", stderr);
        return 1;
    }
    folder[length] = 0;
    *strrchr(folder, '/') = 0;
    if (!find(folder, library, sizeof library)) {
        fprintf(stderr, "bert: error: the Python package swift-bert %s is not installed beside this program, in", VERSION);
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            fprintf(stderr, "%s %s/%s", i == 0 ? "" : ",", folder, places[i]);
        fputs("\nfix: pip install --force-reinstall swift-bert; the program can't be moved without the package\n", stderr);
        return 1;
    }
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    int (*program)(int, char **) = handle ? (int (*)(int, char **))dlsym(handle, "swift_bert_program") : NULL;
    if (!program) {
        fprintf(stderr, "bert: error: %s\nfix: the wheel needs Linux on the processor of its name with glibc 2.34 or later\n",
            dlerror());
        return 1;
    }
    return program(argc, argv);
}
