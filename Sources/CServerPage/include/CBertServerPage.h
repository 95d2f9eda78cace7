#ifndef C_SERVER_PAGE_H
#define C_SERVER_PAGE_H

#include <stddef.h>

/// The page that a browser sees at the server's root: UTF-8, `NONCE` where a response puts its nonce.
const unsigned char *bert_server_page_bytes_pointer(void);
/// Its size in bytes.
extern const size_t bert_server_page_size;

#endif
