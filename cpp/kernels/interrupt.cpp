#include "bridle/interrupt.hpp"

namespace bridle {
namespace {

thread_local InterruptCheck::Look current = nullptr;
thread_local std::size_t left = 0;

}  // namespace

const char* Interrupted::what() const noexcept { return "The kernel was asked to end."; }

void check_interrupt(std::size_t work) {
    if (work < left) {
        left -= work;
        return;
    }
    left = kWorkBetweenLooks;
    if (current != nullptr) current();
}

InterruptCheck::InterruptCheck(Look look) {
    current = look;
    left = 0;
}

InterruptCheck::~InterruptCheck() { current = nullptr; }

}  // namespace bridle
