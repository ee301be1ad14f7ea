package dev.duet.backend.cuda;

import org.bytedeco.javacpp.FloatPointer;

/** alpha and beta of cuBLAS and cuDNN in native memory, so that a call makes no garbage. */
final class Factors {
    private static final FloatPointer MEMORY = new FloatPointer(1f, 0f);

    static final Raw ONE = new Raw(MEMORY.address());
    static final Raw ZERO = new Raw(MEMORY.address() + Float.BYTES);

    private Factors() {}
}
