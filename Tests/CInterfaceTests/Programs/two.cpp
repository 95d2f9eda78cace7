// two LIBRARY OTHER FOLDER TEXT: two libraries in one process compute the same bytes, on two threads concurrently.
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <string>
#include <swift_bert.h>
#include <thread>
#include <vector>

static_assert(SWIFT_BERT_ABI_VERSION == 1, "the tests are of this interface");

struct Library {
    void *handle;
    explicit Library(const char *path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
        if (!handle) std::fprintf(stderr, "%s\n", dlerror());
    }
    template <typename Function> Function *function(const char *name) const {
        return reinterpret_cast<Function *>(dlsym(handle, name));
    }
};

static std::vector<float> embed(const Library &library, const char *folder, const std::string &text) {
    swift_bert_error *error = nullptr;
    auto embedder = library.function<decltype(swift_bert_embedder_open)>("swift_bert_embedder_open")(
        folder, "{\"backend\": \"simd\"}", &error);
    if (!embedder) return {};
    auto dimension = library.function<decltype(swift_bert_embedder_dimension)>("swift_bert_embedder_dimension")(embedder);
    std::vector<float> vector(static_cast<size_t>(dimension));
    const int64_t offsets[] = {0, static_cast<int64_t>(text.size())};
    bool done = true;
    for (int i = 0; i < 20 && done; i++)
        done = library.function<decltype(swift_bert_embed)>("swift_bert_embed")(
            embedder, 1, text.data(), offsets, nullptr, vector.data(), &error);
    library.function<decltype(swift_bert_embedder_close)>("swift_bert_embedder_close")(embedder);
    return done ? vector : std::vector<float>();
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    Library one(argv[1]), two(argv[2]);
    if (!one.handle || !two.handle || one.handle == two.handle) return 1;
    std::vector<float> first, second;
    std::thread a([&] { first = embed(one, argv[3], argv[4]); });
    std::thread b([&] { second = embed(two, argv[3], argv[4]); });
    a.join();
    b.join();
    return first.empty() || first != second;
}
