#include "CBertCurl.h"

#include <stdio.h>
#include <string.h>

#include "Options.h"

/// `curl_easy_setopt`.
typedef int (*setter)(void *handle, int option, ...);
/// `curl_easy_getinfo`.
typedef int (*getter)(void *handle, int info, ...);

/// `struct curl_blob`.
typedef struct {
    void *data;
    size_t length;
    unsigned int flags;
} blob;

static int configure(const bert_curl *library, void *handle, const bert_curl_request *request, bert_curl_list *headers,
                     char *message) {
    const setter set = (setter)library->set;
    int code = 0;
#define SET(option, value) if (code == 0) code = set(handle, option, value)
    SET(optionErrorBuffer, message);
    SET(optionURL, request->url);
    SET(optionProtocols, (long)protocolsHTTP);
    SET(optionNoBody, request->head ? 1L : 0L);
    SET(optionFollowLocation, 0L);
    SET(optionNoSignal, 1L);
    SET(optionSSLVerifyPeer, 1L);
    SET(optionSSLVerifyHost, 2L);
    SET(optionConnectTimeout, request->connectTimeout);
    SET(optionLowSpeedLimit, 1L);
    SET(optionLowSpeedTime, request->stallTimeout);
    SET(optionHTTPHeader, headers);
    SET(optionHeaderFunction, request->onHeader);
    SET(optionHeaderData, request->context);
    SET(optionWriteFunction, request->onBody);
    SET(optionWriteData, request->context);
    if (request->certificateFile != NULL) { SET(optionCAInfo, request->certificateFile); }
    if (request->certificateFolder != NULL) { SET(optionCAPath, request->certificateFolder); }
    if (request->certificates != NULL) {
        // 1 makes the library copy the data.
        blob certificates = {(void *)request->certificates, request->certificatesSize, 1};
        SET(optionCAInfoBlob, &certificates);
    }
    SET(optionProxy, request->proxy);
    SET(optionNoProxy, request->noProxy);
#undef SET
    // Unknown before 7.54. The headers of a proxy then precede those of the server, which start with a new status line.
    set(handle, optionSuppressConnectHeaders, 1L);
    return code;
}

void bert_curl_perform(const bert_curl *library, void *handle, const bert_curl_request *request,
                       bert_curl_result *result) {
    memset(result, 0, sizeof *result);
    library->reset(handle);
    bert_curl_list *headers = NULL;
    for (size_t index = 0; index < request->headerCount; index += 1) {
        bert_curl_list *longer = library->append(headers, request->headers[index]);
        if (longer == NULL) break;
        headers = longer;
    }
    result->code = configure(library, handle, request, headers, result->message);
    if (result->code == 0) result->code = library->run(handle);
    const getter get = (getter)library->get;
    get(handle, infoResponseCode, &result->status);
    get(handle, infoConnectCode, &result->proxyStatus);
    if (result->code != 0 && result->message[0] == 0) {
        snprintf(result->message, sizeof result->message, "%s", library->words(result->code));
    }
    // The handle must not keep pointers to memory that is about to be freed.
    const setter set = (setter)library->set;
    set(handle, optionHTTPHeader, NULL);
    set(handle, optionErrorBuffer, NULL);
    library->free(headers);
}
