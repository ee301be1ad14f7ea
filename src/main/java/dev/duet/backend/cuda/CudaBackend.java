package dev.duet.backend.cuda;

/** An NVIDIA GPU. */
public final class CudaBackend {
    static final int STEPS_IN_FLIGHT = 16;
}
