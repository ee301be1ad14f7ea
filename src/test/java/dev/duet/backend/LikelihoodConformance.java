package dev.duet.backend;

import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Likelihoods on given logits, fused with the last layer, and cross-entropy. */
abstract class LikelihoodConformance extends Conformance {
    LikelihoodConformance(TestedBackend device) {
        super(device);
    }

    private static final double[] WEIGHTS = {1, 0.25, 3};

    @ParameterizedTest
    @EnumSource(LikelihoodSpec.Kind.class)
    void logitsOfAllSizes(LikelihoodSpec.Kind kind) {
        for (Shape image : List.of(Shape.of(1, 1, 1), Shape.of(3, 5, 7), Shape.of(1, 32, 32), Shape.of(3, 28, 28))) {
            compare(kind + " " + image, tolerance(), backend -> likelihood(backend, kind, image, 2));
        }
    }

    @ParameterizedTest
    @EnumSource(LikelihoodSpec.Kind.class)
    void extremeLogits(LikelihoodSpec.Kind kind) {
        compare(kind + " extreme", tolerance(), backend -> likelihood(backend, kind, Shape.of(1, 16, 16), 80));
    }

    private Results likelihood(Backend backend, LikelihoodSpec.Kind kind, Shape image, double spread) {
        Shape target = Shape.of(5, image.get(0), image.get(1), image.get(2));
        Shape shape = target.withOuter(15);
        Variable logits = random(backend, "logits", shape, true);
        float[] values = random("logits", shape.size());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.max(-80, Math.min(80, spread * values[i]));
        }
        backend.write(logits.value(), storable(values));
        Tensor mean = backend.tensor("mean", shape);
        Tensor terms = backend.tensor("terms", Shape.of(6));
        Judgement judgement = Judgement.of(LikelihoodSpec.of(kind), WEIGHTS, uniform(backend, target), terms, 2);
        Op op = backend.likelihood(judgement.withMeans(mean), logits);
        op.forward();
        op.backward();
        Results results = new Results();
        results.addEntries("terms", backend, terms);
        results.add("mean", backend, mean);
        results.add("d.logits", backend, logits.grad());
        return results;
    }

    /**
     * Where fewer bits decide on which side of a pixel the mean lies, black and white: the Laplace's gradient jumps at the pixel.
     */
    private Tensor target(Backend backend, Shape shape) {
        if (!rounds()) return uniform(backend, shape);
        float[] values = random("target", shape.size());
        for (int i = 0; i < values.length; i++) values[i] = values[i] > 0 ? 1 : 0;
        return written(backend, "target", shape, values);
    }

    private static Tensor uniform(Backend backend, Shape shape) {
        Philox.Sequence draws = new Philox.Sequence(5, Philox.Stream.SYNTHETIC, 0);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) values[i] = Math.round(255 * draws.nextDouble()) / 255f;
        return written(backend, "target", shape, values);
    }

    @Test
    void meansNeedNoTarget() {
        compare("mean only", tolerance(), backend -> {
            Shape shape = Shape.of(4, 3, 5, 5);
            Variable logits = random(backend, "logits", shape, false);
            Tensor mean = backend.tensor("mean", shape);
            LikelihoodSpec spec = LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI);
            backend.likelihood(Judgement.means(spec, mean), logits).forward();
            Results results = new Results();
            results.add("mean", backend, mean);
            return results;
        });
    }

    /** Three blocks of 3 rows are judged; the means of 2 further blocks have a gradient. */
    @ParameterizedTest
    @EnumSource(LikelihoodSpec.Kind.class)
    void blocksBehindTheJudgedOnesAreSeenThroughTheirMeans(LikelihoodSpec.Kind kind) {
        for (LayerSpec last : List.of(last(32, 3, 4, 2, 1), last(32, 1, 4, 2, 1), last(32, 5, 4, 2, 1))) {
            compare(kind + " means " + last, tolerance(), backend -> {
                Variable h = random(backend, "h", Shape.of(15, 32, 7, 7), true);
                Shape image = last.output(Shape.of(32, 7, 7));
                Tensor target = target(backend, image.batched(3));
                Variable mean = new Variable(
                        backend.tensor("mean", image.batched(6)), random(backend, "d.mean", image.batched(6)));
                Tensor terms = backend.tensor("terms", Shape.of(4));
                ParameterBuffer parameters = parameters(backend, last, last);
                Op op = backend.output(
                        last,
                        h,
                        parameters.variable(2, 0),
                        parameters.variable(3, 0),
                        new Judgement(LikelihoodSpec.of(kind), WEIGHTS, target, mean, terms, 1));
                op.forward();
                op.backward();
                op.backward(); // the same again
                Results results = new Results();
                results.addEntries("terms", backend, terms);
                results.add("mean", backend, mean.value());
                results.add("d.h", backend, h.grad());
                for (int i = 2; i < 4; i++)
                    results.add("parameter " + i, parameters.read(ParameterBuffer.Slot.GRADIENT, i));
                return results;
            });
        }
    }

    /** Without gradients any last rows may give means, judged or not. */
    @Test
    void meansOfSomeRows() {
        LayerSpec last = last(32, 3, 4, 2, 1);
        for (int rows : new int[] {2, 6, 15}) {
            compare("means of the last " + rows, tolerance(), backend -> {
                Variable h = random(backend, "h", Shape.of(15, 32, 7, 7), false);
                Tensor mean = backend.tensor("mean", Shape.of(rows, 3, 14, 14));
                Tensor terms = backend.tensor("terms", Shape.of(3));
                ParameterBuffer parameters = parameters(backend, last, last);
                Tensor target = target(backend, Shape.of(3, 3, 14, 14));
                LikelihoodSpec spec = LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI);
                Judgement judgement =
                        Judgement.of(spec, WEIGHTS, target, terms, 0).withMeans(mean);
                backend.output(last, h, parameters.variable(2, 0), parameters.variable(3, 0), judgement)
                        .forward();
                Results results = new Results();
                results.addEntries("terms", backend, terms);
                results.add("mean", backend, mean);
                return results;
            });
        }
    }

    @ParameterizedTest
    @EnumSource(LikelihoodSpec.Kind.class)
    void outputLayer(LikelihoodSpec.Kind kind) {
        LayerSpec below = new Conv2d(5, 32, 3, 1, 1, Activation.RELU);
        compare(kind + " 1 channel", tolerance(), b -> output(b, kind, below, last(32, 1, 4, 2, 1), 8, true));
        compare(kind + " 3 channels", tolerance(), b -> output(b, kind, below, last(32, 3, 4, 2, 1), 7, true));
        compare(kind + " 5 channels", tolerance(), b -> output(b, kind, below, last(32, 5, 4, 2, 1), 4, true));
        compare(kind + " without mean", tolerance(), b -> output(b, kind, below, last(32, 3, 4, 2, 1), 7, false));
        compare(kind + " 3x3", tolerance(), b -> output(b, kind, below, last(32, 3, 3, 1, 1), 6, true));
        LayerSpec narrow = new Conv2d(5, 7, 3, 1, 1, Activation.NONE);
        compare(kind + " 5x5", tolerance(), b -> output(b, kind, narrow, last(7, 4, 5, 2, 2), 5, true));
        LayerSpec conv = new Conv2d(32, 3, 3, 1, 1, Activation.NONE);
        compare(kind + " convolution", tolerance(), b -> output(b, kind, below, conv, 6, true));
    }

    /** Rows of 198 values: more than the CPU's kernel judges in one run. */
    @Test
    void outputLayerOfWideImages() {
        LayerSpec below = new Conv2d(5, 8, 3, 1, 1, Activation.RELU);
        compare("wide", tolerance(), backend -> {
            return output(backend, LikelihoodSpec.Kind.BERNOULLI, below, last(8, 3, 4, 2, 1), 33, true);
        });
    }

    private static LayerSpec last(int in, int out, int kernel, int stride, int padding) {
        return new ConvTranspose2d(in, out, kernel, stride, padding, Activation.NONE);
    }

    /** Two layers, the upper one with its likelihood in three blocks of 3 rows. */
    private Results output(
            Backend backend, LikelihoodSpec.Kind kind, LayerSpec below, LayerSpec last, int size, boolean withMean) {
        ParameterBuffer parameters = parameters(backend, below, last);
        Variable x = random(backend, "x", Shape.of(9, 5, size, size), true);
        Shape hidden = below.output(Shape.of(5, size, size));
        Variable h = random(backend, "h", Shape.of(9, hidden.get(0), size, size), true);
        Shape image = last.output(hidden);
        Shape target = Shape.of(3, image.get(0), image.get(1), image.get(2));
        Tensor mean = withMean ? backend.tensor("mean", target.withOuter(9)) : null;
        Tensor terms = backend.tensor("terms", Shape.of(4));
        Op all = Op.sequence(
                backend.layer(below, x, parameters.variable(0, 0), parameters.variable(1, 0), h),
                backend.output(
                        last,
                        h,
                        parameters.variable(2, 0),
                        parameters.variable(3, 0),
                        Judgement.of(LikelihoodSpec.of(kind), WEIGHTS, target(backend, target), terms, 1)
                                .withMeans(mean)));
        all.forward();
        all.backward();
        Results results = new Results();
        results.addEntries("terms", backend, terms);
        results.add("mean", backend, mean);
        results.add("dx", backend, x.grad());
        for (int i = 0; i < 4; i++) {
            results.add("parameter " + i, parameters.read(ParameterBuffer.Slot.GRADIENT, i));
        }
        return results;
    }

    private ParameterBuffer parameters(Backend backend, LayerSpec below, LayerSpec last) {
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("0.weight", below, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("0.bias", below, ParameterSpec.Role.BIAS),
                        new ParameterSpec("1.weight", last, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("1.bias", last, ParameterSpec.Role.BIAS)),
                1);
        for (int i = 0; i < 4; i++) {
            int size = parameters.specs().get(i).shape().size();
            parameters.write(ParameterBuffer.Slot.VALUE, i, scaled(random("p" + i, size), 0.2));
        }
        if (rounds()) makeSwitches(parameters, below, last);
        parameters.refresh();
        return parameters;
    }

    /** Keeps the ReLU below off its kinks, by weights of a quarter and biases that leave its outputs' size as it was. */
    private static void makeSwitches(ParameterBuffer parameters, LayerSpec below, LayerSpec last) {
        double scale = 0.2 / 4;
        float[] weight = random("p0", parameters.specs().get(0).shape().size());
        parameters.write(ParameterBuffer.Slot.VALUE, 0, scaled(weight, scale));
        keepOffKinks(parameters, List.of(below, last), (float) (scale * Math.sqrt(below.fanIn())));
    }

    @Test
    void crossEntropy() {
        compare("cross-entropy", TOLERANCE, backend -> {
            Variable logits = random(backend, "logits", Shape.of(4, 10), true);
            backend.write(logits.value(), scaled(random("logits", 40), 40));
            Indices labels = backend.indices(7);
            labels.write(new int[] {0, 0, 0, 9, 3, 5, 0}, 0, 7);
            Tensor terms = backend.tensor("terms", Shape.of(1));
            Op op = backend.crossEntropy(logits, labels, 3, terms);
            op.forward();
            op.backward();
            Results results = new Results();
            results.addEntries("terms", backend, terms);
            results.add("d.logits", backend, logits.grad());
            return results;
        });
    }
}
