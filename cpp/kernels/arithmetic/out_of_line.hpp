// Attribute of functions with loops whose sums the compiler would not keep in registers if they
// were inlined into a large function.
#pragma once

#if defined(__GNUC__)
#define BRIDLE_OUT_OF_LINE [[gnu::noinline]]
#else
#define BRIDLE_OUT_OF_LINE
#endif
