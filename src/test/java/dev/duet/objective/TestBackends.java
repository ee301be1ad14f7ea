package dev.duet.objective;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;

/** The backends that value tests and golden steps run on. */
public enum TestBackends {
    REFERENCE;

    /** A fresh backend, to be closed by the caller. */
    public Backend make() {
        return switch (this) {
            case REFERENCE -> new ReferenceBackend();
        };
    }
}
