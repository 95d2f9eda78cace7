#ifndef BERT_CCURL_H
#define BERT_CCURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What this package calls in libcurl, declared by hand: its headers are not needed to build. Where they are installed,
// HeaderCheck.c compares the declarations with them. The functions are found at run time, by name.

/// A list of `curl_slist`.
typedef struct bert_curl_list bert_curl_list;

/// `curl_global_init`.
typedef int (*bert_curl_global_init)(long flags);
/// `curl_easy_init`.
typedef void *_Nullable (*bert_curl_init)(void);
/// `curl_easy_cleanup` and `curl_easy_reset`.
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

/// The functions of an opened library.
typedef struct {
    bert_curl_init init;
    bert_curl_handle_call cleanup;
    bert_curl_handle_call reset;
    /// Where `curl_easy_setopt` and `curl_easy_getinfo` are, whose number of arguments varies.
    void *set;
    void *get;
    bert_curl_run run;
    bert_curl_words words;
    bert_curl_append append;
    bert_curl_free free;
} bert_curl;

/// Takes a header's line or a part of the body; anything but `size * count` ends the exchange.
typedef size_t (*bert_curl_sink)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);

/// One request over HTTP or HTTPS. Redirects are not followed, and the peer's certificate is always verified.
typedef struct {
    const char *url;
    /// HEAD instead of GET.
    bool head;
    /// Lines, `Name: value`.
    const char *_Nonnull const *_Nullable headers;
    size_t headerCount;
    /// Certificates to trust instead of the library's: a file, or PEM in memory; and a folder.
    const char *_Nullable certificateFile;
    const void *_Nullable certificates;
    size_t certificatesSize;
    const char *_Nullable certificateFolder;
    /// The proxy, and the names of hosts that are reached without it; empty is none. The library does not read the
    /// environment.
    const char *proxy;
    const char *noProxy;
    /// In seconds: until there is a connection, and without a byte.
    long connectTimeout;
    long stallTimeout;
    bert_curl_sink onHeader;
    bert_curl_sink onBody;
    void *_Nullable context;
} bert_curl_request;

/// How a request ended.
typedef struct {
    /// A `CURLcode`; 0 is success.
    int code;
    /// The status of the answer, and that of a proxy to `CONNECT`; 0 if there was none.
    long status;
    long proxyStatus;
    /// What went wrong, in the library's words.
    char message[256];
} bert_curl_result;

/// Sends a request and receives its answer. The handle keeps its connections for the next request.
void bert_curl_perform(const bert_curl *library, void *handle, const bert_curl_request *request,
                       bert_curl_result *result);

#pragma clang assume_nonnull end

#endif
