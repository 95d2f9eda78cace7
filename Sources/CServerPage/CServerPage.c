#include "CBertServerPage.h"

// #embed is C23 (N3017). The compiler supports it in earlier modes, too, but warns about it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char page[] = {
#embed "page.html"
};

const unsigned char *bert_server_page_bytes_pointer(void) { return page; }
const size_t bert_server_page_size = sizeof page;
