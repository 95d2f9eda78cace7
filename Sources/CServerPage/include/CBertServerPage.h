#ifndef C_SERVER_PAGE_H
#define C_SERVER_PAGE_H

#include <stddef.h>

/// The web page at the root of the server. It is UTF-8, and contains `NONCE` where a response inserts its nonce.
const unsigned char *bert_server_page_bytes_pointer(void);
/// The size of the page in bytes.
extern const size_t bert_server_page_size;

#endif
