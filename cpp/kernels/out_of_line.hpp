// For loops whose sums would not stay in registers inside a large function.
#pragma once

#if defined(__GNUC__)
#define BRIDLE_OUT_OF_LINE [[gnu::noinline]]
#else
#define BRIDLE_OUT_OF_LINE
#endif
