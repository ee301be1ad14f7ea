// Which of several streams goes on, where nothing but the control "order" decides.
#pragma once
#include <cstdlib>
#include <random>

#include "device.h"

namespace simcuda {

/** forward: the first as far as it comes, the others when it waits for them; reverse: the others as early as can be; or shuffled. */
class Turns {
  public:
    static Turns& instance() {
        static Turns* turns = new Turns;
        turns->read();
        return *turns;
    }

    bool forward() const { return !reverse && !seeded; }

    /** One of n that could go on, which are in the order of their making. */
    size_t pick(size_t n) { return seeded ? random() % n : reverse ? n - 1 : 0; }

    /** Whether others go on before the one that is waited for does; until nothing is left of them, or for a while. */
    bool othersFirst() { return reverse || (seeded && random() % 2 == 0); }

  private:
    void read() {
        std::string now = setting("order", "forward");
        if (now == text) return;
        text = now;
        reverse = text == "reverse";
        seeded = text.compare(0, 7, "seeded:") == 0;
        if (seeded) random.seed(strtoull(text.c_str() + 7, nullptr, 10));
    }

    std::string text;
    bool reverse = false, seeded = false;
    std::mt19937_64 random;
};

} // namespace simcuda
