package dev.duet.backend.cpu;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend.Precision;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The CPU backend in each instruction set of this machine, and with AMX emulated where its other kernels can run. */
public final class CpuVariants {
    /** An instruction set and a precision. */
    record Variant(Isa isa, Precision precision) {
        CpuBackend open(int threads) {
            return new CpuBackend(threads, isa, precision);
        }
    }

    private CpuVariants() {}

    static Stream<Isa> isas() {
        List<Isa> available = Isa.available();
        boolean emulates = available.contains(Isa.AVX512_BF16);
        return Stream.concat(available.stream(), emulates ? Stream.of(Isa.EMULATED_AMX) : Stream.of());
    }

    /** Each instruction set in each precision. */
    static Stream<Variant> each() {
        return isas().flatMap(isa -> Stream.of(Precision.values()).map(precision -> new Variant(isa, precision)));
    }

    public static List<Supplier<Backend>> all(Precision precision) {
        return each().filter(variant -> variant.precision == precision)
                .<Supplier<Backend>>map(variant -> () -> variant.open(2))
                .toList();
    }

    /** The widest instruction set of this machine up to {@code isa}, in float32: none is left out where a machine has fewer. */
    public static Backend upTo(Isa isa) {
        return new CpuBackend(2, Isa.best().compareTo(isa) < 0 ? Isa.best() : isa, Precision.FP32);
    }
}
