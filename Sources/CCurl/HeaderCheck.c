// Compares the hand-written declarations with libcurl's headers where they are installed. Generates no code.

#if __has_include(<curl/curl.h>)

#include <curl/curl.h>

#include "CBertCurl.h"
#include "Options.h"

#define SAME(mine, theirs) _Static_assert((int)(mine) == (int)(theirs), #theirs)

SAME(optionWriteData, CURLOPT_WRITEDATA);
SAME(optionURL, CURLOPT_URL);
SAME(optionProxy, CURLOPT_PROXY);
SAME(optionNoProxy, CURLOPT_NOPROXY);
SAME(optionErrorBuffer, CURLOPT_ERRORBUFFER);
SAME(optionLowSpeedLimit, CURLOPT_LOW_SPEED_LIMIT);
SAME(optionLowSpeedTime, CURLOPT_LOW_SPEED_TIME);
SAME(optionHTTPHeader, CURLOPT_HTTPHEADER);
SAME(optionHeaderData, CURLOPT_HEADERDATA);
SAME(optionNoBody, CURLOPT_NOBODY);
SAME(optionFollowLocation, CURLOPT_FOLLOWLOCATION);
SAME(optionSSLVerifyPeer, CURLOPT_SSL_VERIFYPEER);
SAME(optionCAInfo, CURLOPT_CAINFO);
SAME(optionConnectTimeout, CURLOPT_CONNECTTIMEOUT);
SAME(optionSSLVerifyHost, CURLOPT_SSL_VERIFYHOST);
SAME(optionCAPath, CURLOPT_CAPATH);
SAME(optionNoSignal, CURLOPT_NOSIGNAL);
SAME(optionWriteFunction, CURLOPT_WRITEFUNCTION);
SAME(optionHeaderFunction, CURLOPT_HEADERFUNCTION);
SAME(infoResponseCode, CURLINFO_RESPONSE_CODE);
SAME(infoConnectCode, CURLINFO_HTTP_CONNECTCODE);
SAME(protocolsHTTP, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#if LIBCURL_VERSION_NUM >= 0x074d00
SAME(optionCAInfoBlob, CURLOPT_CAINFO_BLOB);
#endif

#endif
