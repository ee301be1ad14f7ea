package dev.duet.backend.cpu;

import dev.duet.backend.Backend;
import java.util.List;
import java.util.function.Supplier;

/** The CPU backend in each instruction set of this machine. */
public final class CpuVariants {
    private CpuVariants() {}

    public static List<Supplier<Backend>> all() {
        return Isa.available().stream()
                .<Supplier<Backend>>map(isa -> () -> new CpuBackend(2, isa))
                .toList();
    }

    /** The widest instruction set of this machine up to {@code isa}: none is left out where a machine has fewer. */
    public static Backend upTo(Isa isa) {
        return new CpuBackend(2, Isa.best().compareTo(isa) < 0 ? Isa.best() : isa);
    }
}
