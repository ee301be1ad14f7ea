package dev.duet.backend;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Product of experts, samples, private codes and KL terms, E1 to E4 and E18. */
abstract class LatentConformance extends Conformance {
    LatentConformance(TestedBackend device) {
        super(device);
    }

    /** @param spread logVar is this times a standard normal, cut at ±{@code limit} */
    record Case(String name, LatentSpec spec, int batch, double spread, double limit) {
        Case(String name, LatentSpec spec, int batch, double spread) {
            this(name, spec, batch, spread, 20);
        }
    }

    private static Subset subset(double weight, List<Integer> members, List<Integer> decodes) {
        return new Subset(members, weight, decodes);
    }

    private static LatentSpec swapped(List<Integer> privates, List<Subset> subsets) {
        return new LatentSpec(9, privates, subsets, 0, false, PrivateSource.SWAPPED);
    }

    static Stream<Case> cases() {
        List<Subset> lab = List.of(subset(1, List.of(0, 1), List.of(0, 1)));
        List<Subset> cross = List.of(
                subset(1, List.of(0), List.of(0, 1)),
                subset(0.5, List.of(1), List.of(0, 1)),
                subset(2, List.of(0, 1), List.of(0, 1)));
        List<Subset> three = List.of(
                subset(0.7, List.of(0, 2), List.of(1, 2)),
                subset(1, List.of(), List.of(0)),
                subset(1.5, List.of(0, 1, 2), List.of(0, 1, 2)));
        List<Subset> cycles = List.of(
                new Subset(List.of(0), 1, List.of(0, 1), List.of(1)),
                new Subset(List.of(1), 0.5, List.of(1), List.of(0)),
                new Subset(List.of(0, 1), 2, List.of(0, 1), List.of(0, 1)));
        List<Subset> prior = List.of(
                new Subset(List.of(), 0, List.of(), List.of(0, 1)),
                new Subset(List.of(0, 1), 2, List.of(0), List.of(1)));
        List<Subset> following = List.of(
                new Subset(List.of(0), 1, List.of(0, 1), List.of(1), 0.5),
                new Subset(List.of(1), 0, List.of(), List.of(), 2),
                new Subset(List.of(0, 1), 1.5, List.of(0, 1)));
        List<Subset> threeFollowing = List.of(
                subset(0.7, List.of(0, 1, 2), List.of(0, 1, 2)),
                new Subset(List.of(2), 0, List.of(), List.of(), 0.25),
                subset(1, List.of(0), List.of(0)),
                new Subset(List.of(0, 1), 0, List.of(), List.of(), 1.25));
        return Stream.of(
                new Case("lab", new LatentSpec(64, List.of(0, 0), lab, 1e-8, false), 32, 1),
                new Case("lab, extreme", new LatentSpec(5, List.of(0, 0), lab, 1e-8, false), 31, 20),
                new Case("lab, useless experts", new LatentSpec(9, List.of(0, 0), lab, 1e-8, false), 8, 100, 300),
                new Case("cross", new LatentSpec(20, List.of(0, 0), cross, 0, false), 24, 1),
                new Case("cross, extreme", new LatentSpec(17, List.of(0, 0), cross, 0, false), 9, 20),
                new Case("private codes", new LatentSpec(16, List.of(2, 16), cross, 0, false), 3, 1),
                new Case("private codes from the prior", new LatentSpec(16, List.of(6, 3), cross, 0, true), 7, 1),
                new Case("three modalities", new LatentSpec(33, List.of(0, 1, 5), three, 0, true), 5, 2),
                new Case("cycles", new LatentSpec(16, List.of(6, 3), cycles, 0, false), 7, 1),
                new Case("swapped, odd rows", swapped(List.of(6, 3), cycles), 7, 1),
                new Case("swapped, even rows", swapped(List.of(0, 19), cycles), 6, 2),
                new Case("swapped, one row", swapped(List.of(24, 18), cycles), 1, 1),
                new Case("swapped, extreme", swapped(List.of(4, 0), prior), 33, 20),
                new Case("cycles without private codes", new LatentSpec(8, List.of(0, 0), cycles, 0, true), 4, 1),
                new Case("cycles of the prior", new LatentSpec(12, List.of(0, 5), prior, 0, false), 6, 2),
                new Case("joint KL", new LatentSpec(70, List.of(3, 0), following, 1e-8, false), 6, 1),
                new Case("joint KL, extreme", new LatentSpec(11, List.of(0, 0), following, 0, false), 9, 20),
                new Case("joint KL, three", new LatentSpec(13, List.of(0, 2, 1), threeFollowing, 0, true), 5, 2),
                new Case("one sample", new LatentSpec(1, List.of(0, 0), lab, 0, false), 1, 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void latent(Case c) {
        compare(c.name, TOLERANCE, backend -> run(backend, c));
    }

    private Results run(Backend backend, Case c) {
        backend.scalars().beta = 0.75f;
        backend.scalars().betaPrivate = 1.25f;
        LatentSpec spec = c.spec;
        List<Variable> heads = new ArrayList<>();
        List<Variable> codes = new ArrayList<>();
        for (int m = 0; m < spec.modalities(); m++) {
            Variable head = random(backend, "head" + m, Shape.of(c.batch, spec.headColumns(m)), true);
            backend.write(head.value(), head(spec, m, c));
            heads.add(head);
            Shape code = Shape.of(spec.codeBlocks(m).length * c.batch, spec.codeColumns(m));
            codes.add(random(backend, "code" + m, code, true));
        }
        Tensor eps = random(backend, "eps", Shape.of(c.batch, spec.noiseColumns()));
        Tensor terms = backend.tensor("terms", Shape.of(spec.terms() + 2));
        Op op = backend.latent(spec, heads, eps, codes, terms);
        op.forward();
        op.backward();
        Results results = new Results();
        results.addEntries("terms", backend, terms);
        for (int m = 0; m < spec.modalities(); m++) {
            Tensor code = codes.get(m).value();
            results.addColumns("shared code" + m, backend, code, 0, spec.shared());
            results.addColumns("private code" + m, backend, code, spec.shared(), spec.codeColumns(m));
            addHeadGradient(results, backend, spec, m, heads.get(m).grad());
        }
        return results;
    }

    private static void addHeadGradient(Results results, Backend backend, LatentSpec spec, int m, Tensor dHead) {
        int shared = spec.shared();
        int privates = spec.privates().get(m);
        results.addColumns("d.mu" + m, backend, dHead, 0, shared);
        results.addColumns("d.logVar" + m, backend, dHead, shared, 2 * shared);
        results.addColumns("d.private mu" + m, backend, dHead, 2 * shared, 2 * shared + privates);
        results.addColumns("d.private logVar" + m, backend, dHead, 2 * shared + privates, spec.headColumns(m));
    }

    private static float[] head(LatentSpec spec, int m, Case c) {
        int columns = spec.headColumns(m);
        float[] head = random("head" + m, c.batch * columns);
        int shared = spec.shared();
        int privates = spec.privates().get(m);
        for (int i = 0; i < head.length; i++) {
            int column = i % columns;
            boolean logVar = (column >= shared && column < 2 * shared) || column >= 2 * shared + privates;
            if (logVar) head[i] = (float) Math.max(-c.limit, Math.min(c.limit, c.spread * head[i]));
        }
        return head;
    }
}
