package dev.duet.backend.cuda;

import dev.duet.DuetException;

/** A call to a CUDA library that did not succeed. */
final class CudaFailure extends DuetException {
    private static final long serialVersionUID = 1;

    private final int code;

    CudaFailure(String message, int code) {
        super(message);
        this.code = code;
    }

    /** What the call returned. */
    int code() {
        return code;
    }
}
