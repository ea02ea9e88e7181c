// Tests of the vectorised functions against the standard library, without Python. Prints all
// failures; exits with 1 if any.
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>

#include "arithmetic/vector_math.hpp"

namespace {

using bridle::BRIDLE_LEVEL::exponential;
using bridle::BRIDLE_LEVEL::log_one_plus;

int failures = 0;

void check(bool holds, const char* law, double x, double got) {
    if (holds) return;
    ++failures;
    std::fprintf(stderr, "FAILED: %s (x = %.17g, got %.17g)\n", law, x, got);
}

double units_apart(double a, double b) {
    if (a == b) return 0.0;
    const double size = std::fmax(std::fabs(b), std::numeric_limits<double>::min());
    return std::fabs(a - b) / (std::nextafter(size, HUGE_VAL) - size);
}

void test_exponential() {
    std::mt19937_64 engine(1);
    std::uniform_real_distribution<double> wide(-708.0, 709.7), narrow(-1.0, 1.0),
        denormal(-745.0, -708.0);
    for (int k = 0; k < 1000000; ++k) {
        for (const double x : {wide(engine), narrow(engine), denormal(engine)}) {
            const double got = exponential(x);
            check(units_apart(got, std::exp(x)) < 2.0, "exp within 2 units", x, got);
        }
    }
    for (const double x : {-746.0, -1000.0, -1e300, -HUGE_VAL}) {
        check(exponential(x) == 0.0, "exp is 0 far below", x, exponential(x));
    }
    for (const double x : {710.0, 1000.0, 1e300, HUGE_VAL}) {
        check(exponential(x) == HUGE_VAL, "exp is infinite far above", x, exponential(x));
    }
    check(exponential(0.0) == 1.0, "exp of 0 is 1", 0.0, exponential(0.0));
    check(std::isnan(exponential(NAN)), "exp of NaN is NaN", NAN, exponential(NAN));
}

void test_log_one_plus() {
    std::mt19937_64 engine(2);
    std::uniform_real_distribution<double> unit(0.0, 1.0), power(-320.0, 0.0);
    for (int k = 0; k < 1000000; ++k) {
        for (const double x : {unit(engine), std::pow(10.0, power(engine))}) {
            const double got = log_one_plus(x);
            check(units_apart(got, std::log1p(x)) < 3.0, "log1p within 3 units", x, got);
        }
    }
    check(log_one_plus(0.0) == 0.0, "log1p of 0 is 0", 0.0, log_one_plus(0.0));
    const double one = log_one_plus(1.0);
    check(units_apart(one, std::log(2.0)) < 3.0, "log1p of 1", 1.0, one);
}

}  // namespace

int main() {
    test_exponential();
    test_log_one_plus();
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
