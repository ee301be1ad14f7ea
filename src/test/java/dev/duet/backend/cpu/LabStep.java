package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Subset;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** The lab's training step (two encoders, product of experts, two decoders, Adam) on random images, of any width. */
final class LabStep {
    private static final int[] CHANNELS = {1, 3};
    private static final int SIZE = 32;
    private static final int IMAGES = 512;

    private final Backend backend;
    private final int width;
    private final int latent;
    private final int batch;
    private final int shards;
    private final ParameterBuffer parameters;
    private final List<List<Op>> shardOps = new ArrayList<>();
    private final List<String> opNames = new ArrayList<>();
    private final List<Tensor> terms = new ArrayList<>();
    private final List<Images> images = new ArrayList<>();
    private final List<Indices> indices = new ArrayList<>();
    private final Op adam;
    private final int[] order;
    private final IntConsumer shardTask = this::runShard;

    /** @param width channels of the first convolution; the lab's is 32, its latent size 64 */
    LabStep(Backend backend, int width, int latent, int batch, int shards) {
        this.backend = backend;
        this.width = width;
        this.latent = latent;
        this.batch = batch;
        this.shards = shards;
        parameters = backend.parameters(specs(), shards);
        initialise();
        for (int channels : CHANNELS) {
            images.add(randomImages(channels));
            indices.add(backend.indices(batch));
        }
        for (int shard = 0; shard < shards; shard++) shardOps.add(ops(shard));
        adam = backend.adam(parameters, shards, 0.9, 0.999, 1e-8);
        order = new int[IMAGES];
        for (int i = 0; i < IMAGES; i++) order[i] = i * 7 % IMAGES;
    }

    private List<LayerSpec> encoder(int channels) {
        return List.of(
                new Conv2d(channels, width, 4, 2, 1, Activation.RELU),
                new Conv2d(width, 2 * width, 4, 2, 1, Activation.RELU),
                new Conv2d(2 * width, 4 * width, 4, 2, 1, Activation.RELU),
                new Linear(Shape.of(4 * width, 4, 4), Shape.of(2 * latent, 1, 1), Activation.NONE));
    }

    private List<LayerSpec> decoder(int channels) {
        return List.of(
                new Linear(Shape.of(latent, 1, 1), Shape.of(4 * width, 4, 4), Activation.NONE),
                new ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, Activation.RELU),
                new ConvTranspose2d(2 * width, width, 4, 2, 1, Activation.RELU),
                new ConvTranspose2d(width, channels, 4, 2, 1, Activation.NONE));
    }

    private List<LayerSpec> layers() {
        List<LayerSpec> layers = new ArrayList<>();
        for (int channels : CHANNELS) {
            layers.addAll(encoder(channels));
            layers.addAll(decoder(channels));
        }
        return layers;
    }

    private List<ParameterSpec> specs() {
        List<ParameterSpec> specs = new ArrayList<>();
        for (LayerSpec layer : layers()) {
            specs.add(new ParameterSpec("p" + specs.size(), layer, ParameterSpec.Role.WEIGHT));
            specs.add(new ParameterSpec("p" + specs.size(), layer, ParameterSpec.Role.BIAS));
        }
        return specs;
    }

    private void initialise() {
        Philox.Sequence draws = new Philox.Sequence(1, Philox.Stream.INIT, 0);
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            float[] values = new float[spec.shape().size()];
            double bound = 1 / Math.sqrt(spec.layer().fanIn());
            for (int k = 0; k < values.length; k++) values[k] = (float) (bound * (2 * draws.nextDouble() - 1));
            parameters.write(ParameterBuffer.Slot.VALUE, i, values);
        }
        parameters.refresh();
    }

    private Images randomImages(int channels) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(IMAGES * SIZE * SIZE * channels);
        Philox.Sequence draws = new Philox.Sequence(channels, Philox.Stream.SYNTHETIC, 0);
        for (int i = 0; i < pixels.capacity(); i++) pixels.put(i, (byte) draws.nextInt(256));
        return backend.images(pixels, IMAGES, SIZE, SIZE, channels);
    }

    private List<Op> ops(int shard) {
        int firstRow = batch * shard / shards;
        int rows = batch * (shard + 1) / shards - firstRow;
        List<Op> ops = new ArrayList<>();
        Subset both = new Subset(List.of(0, 1), 1, List.of(0, 1));
        LatentSpec latentSpec = new LatentSpec(latent, List.of(0, 0), List.of(both), 1e-8, false);
        Tensor term = backend.tensor("terms", Shape.of(latentSpec.terms() + 2));
        terms.add(term);
        Tensor eps = backend.tensor("eps", Shape.of(rows, latent));
        List<Tensor> inputs = new ArrayList<>();
        List<Variable> heads = new ArrayList<>();
        add(ops, "normal", backend.normal(firstRow, eps));
        for (int m = 0; m < CHANNELS.length; m++) {
            Tensor x = backend.tensor("x" + m, Shape.of(rows, CHANNELS[m], SIZE, SIZE));
            add(ops, "gather", backend.gather(images.get(m), indices.get(m), firstRow, x));
            inputs.add(x);
            heads.add(stack(ops, "enc", encoder(CHANNELS[m]), 16 * m, shard, Variable.constant(x)));
        }
        List<Variable> codes = new ArrayList<>();
        for (int m = 0; m < CHANNELS.length; m++) codes.add(backend.variable("z" + m, Shape.of(rows, latent), true));
        add(ops, "latent", backend.latent(latentSpec, heads, eps, codes, term));
        for (int m = 0; m < CHANNELS.length; m++) {
            List<LayerSpec> decoder = decoder(CHANNELS[m]);
            Variable top = stack(ops, "dec", decoder.subList(0, 3), 16 * m + 8, shard, codes.get(m));
            LikelihoodSpec.Kind kind = m == 0 ? LikelihoodSpec.Kind.BERNOULLI : LikelihoodSpec.Kind.GAUSSIAN;
            Variable weight = parameters.variable(16 * m + 14, shard);
            Variable bias = parameters.variable(16 * m + 15, shard);
            add(
                    ops,
                    "output",
                    backend.output(
                            decoder.get(3),
                            top,
                            weight,
                            bias,
                            LikelihoodSpec.of(kind),
                            new double[] {1},
                            inputs.get(m),
                            null,
                            term,
                            latentSpec.terms() + m));
        }
        return ops;
    }

    private void add(List<Op> ops, String name, Op op) {
        ops.add(op);
        if (opNames.size() < ops.size()) opNames.add(name);
    }

    private Variable stack(
            List<Op> ops, String name, List<LayerSpec> layers, int firstParameter, int shard, Variable x) {
        Variable top = x;
        for (int i = 0; i < layers.size(); i++) {
            LayerSpec layer = layers.get(i);
            int parameter = firstParameter + 2 * i;
            Shape out = layer instanceof Linear linear
                    ? linear.out()
                    : layer.output(Shape.of(
                            top.shape().get(1), top.shape().get(2), top.shape().get(3)));
            int rows = x.shape().get(0);
            Shape shape = out.get(1) * out.get(2) == 1
                    ? Shape.of(rows, out.get(0))
                    : Shape.of(rows, out.get(0), out.get(1), out.get(2));
            Variable y = backend.variable(name + i, shape, true);
            Variable weight = parameters.variable(parameter, shard);
            add(ops, name + i, backend.layer(layer, top, weight, parameters.variable(parameter + 1, shard), y));
            top = y;
        }
        return top;
    }

    /** Step number {@code step}, from 0. */
    void run(int step) {
        int from = step * batch % (IMAGES - batch);
        for (int m = 0; m < indices.size(); m++) indices.get(m).write(order, from, batch);
        backend.scalars().step = step;
        backend.scalars().adamStep = step + 1;
        backend.forEachShard(shards, shardTask);
        adam.forward();
    }

    private void runShard(int shard) {
        List<Op> ops = shardOps.get(shard);
        for (int i = 0; i < ops.size(); i++) ops.get(i).forward();
        for (int i = ops.size() - 1; i >= 0; i--) ops.get(i).backward();
    }

    /** Sum of all terms of the last step, in nats: with unit weights, its loss. */
    double loss() {
        double loss = 0;
        for (Tensor term : terms) {
            float[] values = new float[term.shape().size()];
            backend.read(term, values);
            for (float value : values) loss += value;
        }
        return loss;
    }

    /** What {@code slot} holds of each parameter. */
    List<float[]> read(ParameterBuffer.Slot slot) {
        List<float[]> all = new ArrayList<>();
        for (int i = 0; i < parameters.specs().size(); i++) all.add(parameters.read(slot, i));
        return all;
    }

    /** Milliseconds per step of each op, the least of {@code steps}: shard 0's times the shards. For one thread. */
    Map<String, Double> profile(int steps) {
        Map<String, Double> millis = new LinkedHashMap<>();
        for (int step = 0; step < steps; step++) {
            List<Op> ops = shardOps.get(0);
            for (int i = 0; i < ops.size(); i++) time(millis, i + " " + opNames.get(i) + " F", ops.get(i)::forward);
            for (int i = ops.size() - 1; i >= 0; i--) {
                time(millis, i + " " + opNames.get(i) + " B", ops.get(i)::backward);
            }
            millis.merge("adam", timeOf(adam::forward), Math::min);
        }
        return millis;
    }

    private void time(Map<String, Double> millis, String name, Runnable run) {
        millis.merge(name, timeOf(run) * shards, Math::min);
    }

    /** Of this thread's CPU time, which other processes disturb least. */
    private static double timeOf(Runnable run) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        run.run();
        return (threads.getCurrentThreadCpuTime() - start) * 1e-6;
    }
}
