package dev.duet.objective;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;

/** The backends that value tests and golden steps run on. */
public enum TestBackends {
    REFERENCE,
    CPU;

    /** A fresh backend, to be closed by the caller. */
    public Backend make() {
        return switch (this) {
            case REFERENCE -> new ReferenceBackend();
            case CPU -> new CpuBackend(2);
        };
    }
}
