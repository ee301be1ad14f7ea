package dev.duet.objective;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import java.util.function.Supplier;

/** The backends that value tests run on. A backend joins them by one line here. */
public enum TestBackends {
    REFERENCE(ReferenceBackend::new);

    private final Supplier<Backend> maker;

    TestBackends(Supplier<Backend> maker) {
        this.maker = maker;
    }

    /** A fresh backend, to be closed by the caller. */
    public Backend make() {
        return maker.get();
    }
}
