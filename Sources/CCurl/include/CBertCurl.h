#ifndef BERT_CCURL_H
#define BERT_CCURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The parts of libcurl that this package uses, declared by hand, so that its headers aren't needed to build. Where they
// are installed, HeaderCheck.c compares the declarations with them. The functions are looked up by name at run time.

/// A `curl_slist`.
typedef struct bert_curl_list bert_curl_list;

/// `curl_global_init`.
typedef int (*bert_curl_global_init)(long flags);
/// `curl_easy_init`.
typedef void *_Nullable (*bert_curl_init)(void);
/// `curl_easy_cleanup` or `curl_easy_reset`.
typedef void (*bert_curl_handle_call)(void *handle);
/// `curl_easy_perform`.
typedef int (*bert_curl_run)(void *handle);
/// `curl_easy_strerror`.
typedef const char *_Nonnull (*bert_curl_words)(int code);
/// `curl_slist_append`.
typedef bert_curl_list *_Nullable (*bert_curl_append)(bert_curl_list *_Nullable list, const char *text);
/// `curl_slist_free_all`.
typedef void (*bert_curl_free)(bert_curl_list *_Nullable list);
/// `curl_version`.
typedef char *_Nonnull (*bert_curl_version)(void);

/// The functions of a loaded library.
typedef struct {
    bert_curl_init init;
    bert_curl_handle_call cleanup;
    bert_curl_handle_call reset;
    /// The addresses of `curl_easy_setopt` and `curl_easy_getinfo`, which are variadic.
    void *set;
    void *get;
    bert_curl_run run;
    bert_curl_words words;
    bert_curl_append append;
    bert_curl_free free;
} bert_curl;

/// Receives a header line or a part of the body. A result other than `size * count` aborts the transfer.
typedef size_t (*bert_curl_sink)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);

/// An HTTP or HTTPS request. Redirects aren't followed, and the peer's certificate is always verified.
typedef struct {
    const char *url;
    /// Whether to send HEAD instead of GET.
    bool head;
    /// Header lines, as `Name: value`.
    const char *_Nonnull const *_Nullable headers;
    size_t headerCount;
    /// The certificates to trust instead of the library's: a file, or PEM in memory, and a directory.
    const char *_Nullable certificateFile;
    const void *_Nullable certificates;
    size_t certificatesSize;
    const char *_Nullable certificateFolder;
    /// The proxy, and the names of hosts to connect to directly. An empty string is no proxy. The library doesn't read
    /// the environment.
    const char *proxy;
    const char *noProxy;
    /// Timeouts in seconds: for establishing a connection, and for not receiving any bytes.
    long connectTimeout;
    long stallTimeout;
    bert_curl_sink onHeader;
    bert_curl_sink onBody;
    void *_Nullable context;
} bert_curl_request;

/// The result of a request.
typedef struct {
    /// A `CURLcode`. 0 is success.
    int code;
    /// The status of the response, and of a proxy's response to `CONNECT`. 0 if there was none.
    long status;
    long proxyStatus;
    /// The library's error message.
    char message[256];
} bert_curl_result;

/// Sends a request and receives its response. The handle keeps its connections for the next request.
void bert_curl_perform(const bert_curl *library, void *handle, const bert_curl_request *request,
                       bert_curl_result *result);

#pragma clang assume_nonnull end

#endif
