package dev.duet.backend.cuda;

import dev.duet.backend.cuda.CudaOptions.Precision;
import java.nio.file.Path;

/** Options that differ from others in what a test names. The only place in the tests that knows all components. */
final class ChangedOptions {
    private int ordinal;
    private Path home;
    private Precision precision;
    private boolean fast;
    private boolean sync;
    private boolean graphs;
    private boolean branches;
    private boolean separate;

    ChangedOptions(CudaOptions from) {
        ordinal = from.ordinal();
        home = from.home();
        precision = from.precision();
        fast = from.fast();
        sync = from.sync();
        graphs = from.graphs();
        branches = from.branches();
        separate = from.separate();
    }

    CudaOptions get() {
        return new CudaOptions(ordinal, home, precision, fast, sync, graphs, branches, separate);
    }

    ChangedOptions ordinal(int value) {
        ordinal = value;
        return this;
    }

    ChangedOptions home(Path value) {
        home = value;
        return this;
    }

    ChangedOptions precision(Precision value) {
        precision = value;
        return this;
    }

    ChangedOptions fast(boolean value) {
        fast = value;
        return this;
    }

    ChangedOptions sync(boolean value) {
        sync = value;
        return this;
    }

    ChangedOptions graphs(boolean value) {
        graphs = value;
        return this;
    }

    ChangedOptions branches(boolean value) {
        branches = value;
        return this;
    }

    ChangedOptions separate(boolean value) {
        separate = value;
        return this;
    }
}
