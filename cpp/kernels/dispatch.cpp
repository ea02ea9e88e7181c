#include <cstdlib>
#include <cstring>

#include "bridle/kernels.hpp"

namespace bridle {

#if defined(BRIDLE_ONLY_LEVEL)

namespace BRIDLE_ONLY_LEVEL {
extern const Kernels table;
}

namespace {

struct Levels {
    const Kernels* tables[1] = {&BRIDLE_ONLY_LEVEL::table};
    const char* names[2] = {BRIDLE_ONLY_LEVEL::table.level, nullptr};
};

}  // namespace

#else

namespace x86_64_v2 {
extern const Kernels table;
}
namespace x86_64_v3 {
extern const Kernels table;
}
namespace x86_64_v4 {
extern const Kernels table;
}

namespace {

bool supports_v3() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

bool supports_v4() {
    return supports_v3() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

struct Levels {
    const Kernels* tables[3] = {};
    const char* names[4] = {};

    Levels() {
        __builtin_cpu_init();
        int count = 0;
        if (supports_v4()) tables[count++] = &x86_64_v4::table;
        if (supports_v3()) tables[count++] = &x86_64_v3::table;
        tables[count++] = &x86_64_v2::table;
        for (int i = 0; i < count; ++i) names[i] = tables[i]->level;
    }
};

}  // namespace

#endif

namespace {

const Levels& levels() {
    static const Levels found;
    return found;
}

const Kernels* choose() {
    const Levels& found = levels();
    const char* wanted = std::getenv("BRIDLE_CPU_LEVEL");
    for (int i = 0; wanted != nullptr && found.names[i] != nullptr; ++i) {
        if (std::strcmp(wanted, found.names[i]) == 0) return found.tables[i];
    }
    return found.tables[0];
}

}  // namespace

const Kernels& kernels() {
    static const Kernels* const chosen = choose();
    return *chosen;
}

const char* const* available_levels() { return levels().names; }

}  // namespace bridle
