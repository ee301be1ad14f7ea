package dev.duet.gpucheck;

import org.junit.jupiter.api.Test;

/** One test that fails, for {@link GpuCheckMainsTest}; its name keeps it out of the build's own tests. */
class Failing {
    @Test
    void fails() {
        throw new AssertionError("on purpose");
    }

    @Test
    void passes() {}
}
