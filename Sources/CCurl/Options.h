#ifndef BERT_CURL_OPTIONS_H
#define BERT_CURL_OPTIONS_H

// The numbers of libcurl's options and infos, which are fixed by its ABI.
enum {
    optionWriteData = 10001,
    optionURL = 10002,
    optionProxy = 10004,
    optionErrorBuffer = 10010,
    optionLowSpeedLimit = 19,
    optionLowSpeedTime = 20,
    optionHTTPHeader = 10023,
    optionHeaderData = 10029,
    optionNoBody = 44,
    optionFollowLocation = 52,
    optionSSLVerifyPeer = 64,
    optionCAInfo = 10065,
    optionConnectTimeout = 78,
    optionSSLVerifyHost = 81,
    optionCAPath = 10097,
    optionNoSignal = 99,
    optionProtocols = 181,
    optionNoProxy = 10177,
    optionSuppressConnectHeaders = 265,
    optionWriteFunction = 20011,
    optionHeaderFunction = 20079,
    optionCAInfoBlob = 40309,

    infoResponseCode = 0x200002,
    infoConnectCode = 0x200016,

    protocolsHTTP = 1 | 2,
};

#endif
