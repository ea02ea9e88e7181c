// Tests that kernels check for interrupts, end when a check throws, and never allocate memory.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>
#include <vector>

#include "bridle/interrupt.hpp"
#include "bridle/kernels.hpp"

namespace {

int failures = 0;
int looks = 0;
std::size_t allocations = 0;

void check(bool holds, const char* law, const char* detail) {
    if (holds) return;
    ++failures;
    std::fprintf(stderr, "FAILED: %s (%s)\n", law, detail);
}

void count_look() { ++looks; }
void end_at_third_look() {
    if (++looks == 3) throw bridle::Interrupted();
}

void test_counting() {
    using bridle::kWorkBetweenLooks;
    looks = 0;
    {
        const bridle::InterruptCheck watched(&count_look);
        bridle::check_interrupt(1);
        check(looks == 1, "the first call looks", "");
        for (std::size_t k = 0; k < kWorkBetweenLooks; ++k) bridle::check_interrupt(1);
        check(looks == 2, "one look in so much work", "small pieces");
        for (int k = 0; k < 10; ++k) bridle::check_interrupt(kWorkBetweenLooks);
        check(looks == 12, "one look in so much work", "large pieces");
    }
    bridle::check_interrupt(10 * kWorkBetweenLooks);
    check(looks == 12, "nobody looks once nothing is to be looked with", "");
}

constexpr std::size_t kRows = 900, kColumns = 300, kVectors = 40;

struct Data {
    std::vector<double> x = std::vector<double>(kRows * kColumns);
    std::vector<double> gram = std::vector<double>(kColumns * kColumns);
    std::vector<std::int64_t> column = std::vector<std::int64_t>(kColumns);
    std::vector<double> ones = std::vector<double>(kRows, 1.0);
    std::vector<double> low = std::vector<double>(kColumns, -1e300);
    std::vector<double> high = std::vector<double>(kColumns, 1e300);
    std::vector<double> right = std::vector<double>(kRows * kVectors, 1.0);
    std::vector<double> out = std::vector<double>(kColumns * kVectors);
    std::vector<double> memory = std::vector<double>(bridle::kGroupColumns * kVectors);
    std::vector<double> coef = std::vector<double>(kColumns);
    std::vector<double> residual = std::vector<double>(kRows, 1.0);
    std::vector<double> matrix = std::vector<double>(kColumns * kColumns);
    std::vector<double> vectors = std::vector<double>(13 * kColumns);
    std::vector<std::int64_t> index = std::vector<std::int64_t>(3 * kColumns);

    Data() {
        for (std::size_t k = 0; k < x.size(); ++k)
            x[k] = static_cast<double>(k * 7919 % 1009) - 504.0;
        for (std::size_t j = 0; j < kColumns; ++j) {
            column[j] = static_cast<std::int64_t>(j);
            for (std::size_t k = 0; k < kColumns; ++k) {
                for (std::size_t i = 0; i < kRows; ++i) {
                    gram[j * kColumns + k] += x[j * kRows + i] * x[k * kRows + i] / kRows;
                }
            }
        }
    }

    bridle::DenseView<double> view() const { return {x.data(), kRows, kColumns, 1, kRows}; }
};

void call_products(Data& d) {
    for (int k = 0; k < 20; ++k) {
        bridle::kernels().f64.products(d.view(), {nullptr, kRows}, d.column.data(), kColumns,
                                       d.right.data(), kVectors, d.memory.data(), d.out.data());
    }
}

void call_descend(Data& d) {
    const double* ones = d.ones.data();
    bridle::kernels().f64.descend(d.view(), ones,
                                  {d.column.data(), kColumns, d.coef.data(), ones, ones,
                                   d.low.data(), ones, d.low.data(), d.high.data()},
                                  d.vectors.data(), d.residual.data(), 100, -1.0);
}

void call_gram_path(Data& d) {
    const double zero = 0.0, tiny = 1e-9;
    for (int k = 0; k < 20; ++k) {
        bridle::kernels().gram_path(
            {d.gram.data(), kColumns, kColumns, d.ones.data(), 0, &tiny, d.ones.data(),
             d.low.data(), d.high.data()},
            {&tiny, &zero, 1, 0, 0},
            {d.matrix.data(), d.vectors.data(), d.index.data(), d.index.data() + kColumns},
            {-1.0, -1.0, -1.0, 20}, d.coef.data());
    }
}

void test_kernel(void (*call)(Data&), const char* name) {
    Data data;
    looks = 0;
    bool ended = false;
    try {
        const bridle::InterruptCheck watched(&end_at_third_look);
        call(data);
    } catch (const bridle::Interrupted&) {
        ended = true;
    }
    check(ended, "a look that throws ends the kernel", name);
    const std::size_t before = allocations;
    call(data);
    check(allocations == before, "a kernel asks for no memory", name);
}

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* found = std::malloc(size)) return found;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
    test_counting();
    test_kernel(&call_products, "products");
    test_kernel(&call_descend, "descend");
    test_kernel(&call_gram_path, "gram_path");
    if (failures == 0) std::puts("all kernels end when they are asked to, and ask for no memory");
    return failures == 0 ? 0 : 1;
}
