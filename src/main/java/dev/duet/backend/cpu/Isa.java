package dev.duet.backend.cpu;

import dev.duet.DuetException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The instruction sets that the kernels are compiled for; each of a machine includes those before it. */
public enum Isa {
    /** x86-64 without extensions (SSE2). */
    SCALAR(0),
    /** AVX2 and FMA. */
    AVX2(1),
    /** AVX-512 F, VL, BW and DQ. */
    AVX512(2),
    /** The same with AVX-512 BF16, which only the kernels of bfloat16 use. */
    AVX512_BF16(3),
    /**
     * The same with AMX-TILE and AMX-BF16, for products of bfloat16 images and weights. Never run on a real machine; its
     * arithmetic is tested with emulated tiles: only on request, therefore.
     */
    AMX(4),
    /** For tests on machines with {@link #AVX512_BF16}: AMX's kernels with its instructions written out in C++. Never available. */
    EMULATED_AMX(5);

    /** Environment variable that asks for another one than {@link #best()}. */
    public static final String VARIABLE = "DUET_ISA";

    /** Number in {@code native/duet.h}. */
    final int code;

    Isa(int code) {
        this.code = code;
    }

    /** The best one of this machine that was ever run. */
    public static Isa best() {
        List<Isa> run = available().stream().filter(isa -> isa != AMX).toList();
        return run.get(run.size() - 1);
    }

    /** Those that this machine can run, each with all that those before it have. */
    public static List<Isa> available() {
        int best = CpuKernels.bestIsa();
        return Arrays.stream(values()).filter(isa -> isa.code <= best).toList();
    }

    /**
     * What {@value #VARIABLE} asks for, or the best.
     *
     * @param wanted its value, or {@code null}
     * @throws DuetException if it names none, or one that this machine lacks
     */
    static Isa chosen(String wanted) {
        if (wanted == null || wanted.isBlank()) return best();
        return available().stream()
                .filter(isa -> isa.label().equals(wanted.strip()))
                .findFirst()
                .orElseThrow(() -> new DuetException("environment variable " + VARIABLE + ": expected one of "
                        + available().stream().map(Isa::label).toList() + " on this machine, got '" + wanted
                        + "'; unset it to use the best"));
    }

    /** As in {@value #VARIABLE} and in manifests. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
