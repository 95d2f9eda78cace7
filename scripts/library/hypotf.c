// Swift's Glibc module asks for hypotf of glibc 2.35. With this one, which nobody outside the library sees, the library runs on
// glibc 2.34.
#include <math.h>

__attribute__((visibility("hidden"))) float hypotf(float x, float y) {
    if (isinf(x) || isinf(y)) return INFINITY;
    // Exact products and no overflow in double precision.
    return (float)sqrt((double)x * x + (double)y * y);
}
