package dev.duet.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Activation;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.PrivateSource;
import dev.duet.backend.Rows;
import dev.duet.backend.Subset;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every backward of the reference against central differences in double: error O(h²) with h = 1e-5. */
class ReferenceGradientTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-7;

    private final ReferenceBackend backend = new ReferenceBackend();
    private final Philox.Sequence random = new Philox.Sequence(7, Philox.Stream.INIT, 0);

    static Stream<LayerSpec> layers() {
        Shape image = Shape.of(3, 6, 6);
        return Stream.of(
                new LayerSpec.Conv2d(3, 2, 4, 2, 1, Activation.RELU),
                new LayerSpec.Conv2d(3, 4, 3, 1, 1, Activation.NONE),
                new LayerSpec.ConvTranspose2d(3, 2, 4, 2, 1, Activation.RELU),
                new LayerSpec.Linear(image, Shape.of(5, 1, 1), Activation.NONE),
                new LayerSpec.Linear(image, Shape.of(2, 2, 2), Activation.RELU));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void layer(LayerSpec spec) {
        Shape out = spec.output(Shape.of(3, 6, 6));
        Variable x = random("x", Shape.of(2, 3, 6, 6));
        Variable weight = random("w", spec.weightShape());
        Variable bias = random("b", spec.biasShape());
        Variable y = backend.variable("y", Shape.of(2, out.get(0), out.get(1), out.get(2)), true);
        RefTensor direction = (RefTensor) random("c", y.shape()).value();
        Op op = backend.layer(spec, x, weight, bias, y);
        op.forward();
        copy(direction, y.grad());
        op.backward();
        DoubleSupplier loss = () -> {
            op.forward();
            return dot(direction, y.value());
        };
        check(loss, x, weight, bias);
    }

    /**
     * Three modalities of which one has no private code, overlapping subsets, one of which decodes only itself, cycles, the
     * prior, joint KLs. Private codes swapped between the rows are constants.
     */
    @ParameterizedTest
    @CsvSource({"false, PRIOR", "true, PRIOR", "true, SWAPPED", "false, POSTERIOR"})
    void latent(boolean crossPrivateFromPrior, PrivateSource cyclePrivate) {
        LatentSpec spec = new LatentSpec(
                3,
                List.of(2, 0, 1),
                List.of(
                        new Subset(List.of(0), 0.5, List.of(0, 1, 2), List.of(2), 0.6),
                        new Subset(List.of(1, 2), 1.5, List.of(1, 2), List.of(0, 2), 1.1),
                        new Subset(List.of(0, 1, 2), 0.7, List.of(0, 1, 2)),
                        new Subset(List.of(), 0, List.of(), List.of(1, 2))),
                crossPrivateFromPrior ? 1e-2 : 0,
                crossPrivateFromPrior,
                cyclePrivate);
        backend.scalars().beta = 0.75f;
        backend.scalars().betaPrivate = 0.25f;
        int batch = 3;
        List<Variable> heads = new ArrayList<>();
        List<Variable> codes = new ArrayList<>();
        List<RefTensor> directions = new ArrayList<>();
        for (int m = 0; m < 3; m++) {
            heads.add(random("head" + m, Shape.of(batch, spec.headColumns(m))));
            Shape code = Shape.of(spec.codeBlocks(m).length * batch, spec.codeColumns(m));
            codes.add(backend.variable("code" + m, code, true));
            directions.add((RefTensor) random("c" + m, code).value());
        }
        Tensor eps = random("eps", Shape.of(batch, spec.noiseColumns())).value();
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(spec.terms()));
        Op op = backend.latent(spec, heads, eps, codes, terms);
        op.forward();
        for (int t = 0; t < 3; t++) copy(directions.get(t), codes.get(t).grad());
        op.backward();
        for (int t = 0; t < 3 && cyclePrivate == PrivateSource.SWAPPED; t++) leaveOutCycled(spec, t, directions.get(t));
        DoubleSupplier loss = () -> {
            op.forward();
            double sum = 0;
            for (int t = 0; t < 3; t++)
                sum += dot(directions.get(t), codes.get(t).value());
            for (int s = 0; s < 4; s++) sum += 0.75 * spec.subsets().get(s).weight() * terms.get(s);
            for (int m = 0; m < 3; m++) sum += 0.25 * terms.get(4 + m);
            sum += 0.75 * (0.6 * terms.get(7) + 1.1 * terms.get(8));
            return sum;
        };
        check(loss, heads.toArray(Variable[]::new));
    }

    /** Zeroes what belongs to the private codes of modality {@code t}'s cycle blocks. */
    private static void leaveOutCycled(LatentSpec spec, int t, RefTensor direction) {
        int columns = spec.codeColumns(t);
        int rows = direction.shape().get(0);
        int batch = rows / spec.codeBlocks(t).length;
        for (int row = spec.blocks(t).length * batch; row < rows; row++)
            for (int j = spec.shared(); j < columns; j++) direction.set(row * columns + j, 0);
    }

    @ParameterizedTest
    @EnumSource
    void likelihood(LikelihoodSpec.Kind kind) {
        double[] weights = {0.5, 2};
        Variable logits = random("logits", Shape.of(4, 1, 2, 3));
        RefTensor target = (RefTensor) backend.tensor("x", Shape.of(2, 1, 2, 3));
        for (int i = 0; i < target.shape().size(); i++) target.set(i, random.nextDouble());
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(5));
        Op op = backend.likelihood(Judgement.of(LikelihoodSpec.of(kind), weights, target, terms, 3), logits);
        op.forward();
        check(
                () -> {
                    op.forward();
                    return 0.5 * terms.get(3) + 2 * terms.get(4);
                },
                logits);
    }

    /** Affine in x, so that differences have no error but rounding. */
    @Test
    void augment() {
        Variable x = random("x", Shape.of(2, 3, 5, 4));
        Variable y = random("y", Shape.of(2, 3, 5, 4));
        RefTensor direction = (RefTensor) random("c", y.shape()).value();
        Op op = backend.augment(new AugmentSpec(40, 0.3, 1, 0.5, 0.2, 0.3, 0.5, 0.1), 1, 2, x, y);
        op.forward();
        copy(direction, y.grad());
        op.backward();
        DoubleSupplier loss = () -> {
            op.forward();
            return dot(direction, y.value());
        };
        check(loss, x);
    }

    /** Two groups, the second smaller, of rows of one variable; backward adds to what is there. */
    @Test
    void contrast() {
        Variable heads = random("heads", Shape.of(11, 6));
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(2));
        ContrastSpec spec = new ContrastSpec(0.4, 3, 1.5);
        Op op = backend.contrast(spec, new Rows(heads, 6, 5), new Rows(heads, 1, 5), 4, terms, 1);
        RefTensor.of(heads.grad()).fill(0);
        op.backward();
        check(
                () -> {
                    op.forward();
                    return 1.5 * terms.get(1);
                },
                heads);
        double before = RefTensor.of(heads.grad()).get(6);
        op.backward();
        assertThat(before).isNotZero();
        assertThat(RefTensor.of(heads.grad()).get(6)).isCloseTo(2 * before, within(1e-12));
    }

    @Test
    void cosine() {
        Variable a = random("a", Shape.of(4, 5));
        Variable target = random("target", Shape.of(3, 7));
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(1));
        Op op = backend.cosine(0.7, new Rows(a, 1, 3), new Rows(target, 0, 3), 4, terms, 0);
        RefTensor.of(a.grad()).fill(0);
        op.backward();
        check(
                () -> {
                    op.forward();
                    return 0.7 * terms.get(0);
                },
                a);
        assertThat(dot(RefTensor.of(target.grad()), target.grad())).isZero();
    }

    /** Of n pairs that nothing tells apart log n each, of well-separated ones at a low temperature nearly nothing. */
    @Test
    void contrastIsTheLogOfTheChoice() {
        Variable heads = backend.variable("heads", Shape.of(10, 5), true);
        RefTensor values = RefTensor.of(heads.value());
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(1));
        Op op = backend.contrast(
                new ContrastSpec(0.05, 5, 1), new Rows(heads, 0, 5), new Rows(heads, 5, 5), 5, terms, 0);
        values.fill(1);
        op.forward();
        assertThat(terms.get(0)).isCloseTo(5 * Math.log(5), within(1e-12));
        values.fill(0);
        for (int i = 0; i < 10; i++) values.set(i * 5 + i % 5, 3);
        op.forward();
        assertThat(terms.get(0)).isCloseTo(5 * Math.log1p(4 * Math.exp(-20)), within(1e-12));
    }

    /** Two blocks judged, the third seen through its means alone. */
    @Test
    void means() {
        double[] weights = {0.5, 2};
        Variable logits = random("logits", Shape.of(6, 1, 2, 3));
        RefTensor target = (RefTensor) random("x", Shape.of(2, 1, 2, 3)).value();
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(2));
        Variable mean = backend.variable("mean", Shape.of(2, 1, 2, 3), true);
        RefTensor direction = (RefTensor) random("c", mean.shape()).value();
        Judgement judgement =
                new Judgement(LikelihoodSpec.of(LikelihoodSpec.Kind.GAUSSIAN), weights, target, mean, terms, 0);
        Op op = backend.likelihood(judgement, logits);
        op.forward();
        copy(direction, mean.grad());
        op.backward();
        check(
                () -> {
                    op.forward();
                    return 0.5 * terms.get(0) + 2 * terms.get(1) + dot(direction, mean.value());
                },
                logits);
    }

    @Test
    void crossEntropy() {
        Variable logits = random("logits", Shape.of(3, 4));
        var labels = backend.indices(5);
        labels.write(new int[] {0, 0, 3, 1, 2}, 0, 5);
        RefTensor terms = (RefTensor) backend.tensor("terms", Shape.of(1));
        Op op = backend.crossEntropy(logits, labels, 2, terms);
        op.forward();
        check(
                () -> {
                    op.forward();
                    return terms.get(0);
                },
                logits);
    }

    private Variable random(String name, Shape shape) {
        Variable variable = backend.variable(name, shape, true);
        for (int i = 0; i < shape.size(); i++) RefTensor.of(variable.value()).set(i, random.nextGaussian());
        return variable;
    }

    private static void copy(RefTensor from, Tensor to) {
        for (int i = 0; i < from.shape().size(); i++) RefTensor.of(to).set(i, from.get(i));
    }

    private static double dot(RefTensor a, Tensor b) {
        return IntStream.range(0, a.shape().size())
                .mapToDouble(i -> a.get(i) * RefTensor.of(b).get(i))
                .sum();
    }

    /** Compares the gradients, as backward left them, with central differences of {@code loss}. */
    private static void check(DoubleSupplier loss, Variable... inputs) {
        for (Variable input : inputs) {
            RefTensor value = RefTensor.of(input.value());
            double[] analytic = new double[value.shape().size()];
            for (int i = 0; i < analytic.length; i++)
                analytic[i] = RefTensor.of(input.grad()).get(i);
            for (int i = 0; i < analytic.length; i++) {
                double saved = value.get(i);
                value.set(i, saved + STEP);
                double up = loss.getAsDouble();
                value.set(i, saved - STEP);
                double down = loss.getAsDouble();
                value.set(i, saved);
                assertThat(analytic[i])
                        .as("d%s[%d]", value.name(), i)
                        .isCloseTo((up - down) / (2 * STEP), within(TOLERANCE * Math.max(1, Math.abs(analytic[i]))));
            }
        }
    }
}
