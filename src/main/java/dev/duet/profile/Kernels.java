package dev.duet.profile;

import dev.duet.DuetException;
import dev.duet.backend.Activation;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Rows;
import dev.duet.backend.Shards;
import dev.duet.model.Layers;
import dev.duet.model.ModalitySpec;
import dev.duet.model.Network;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import dev.duet.train.Inputs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Single ops, forward and backward, with the shapes of a model's last modality and a size of one's own: N rows, cut into
 * shards as a batch of N is, or for {@code adam} N parameters.
 */
final class Kernels {
    private static final int IMAGES = 4096;
    private static final int CLASSES = 10;

    /** Features of the layer whose parameters {@code adam} updates. */
    private static final int ADAM_COLUMNS = 1023;

    /** Each name and what it is. */
    static final Map<String, String> NAMES = names();

    private static Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("gather", "images from uint8 to [0, 1]");
        names.put("normal", "noise of the reparameterisation");
        names.put("augment", "random changes of images, with their adjoint");
        names.put("linear", "the encoder's last layer");
        names.put("conv", "the encoder's second layer");
        names.put("norm", "group normalisation with ReLU behind that layer, 16 channels or more a group");
        names.put("conv-transpose", "the decoder's layer before the last");
        names.put("latent", "product of experts, samples and KL as one op, and separate where the device has that");
        names.put("likelihood", "likelihood and its gradient, from logits");
        names.put("output", "the decoder's last layer and its likelihood, as one op and as two");
        names.put("contrast", "InfoNCE between two sets of codes, all of a shard told apart");
        names.put("cosine", "codes pulled towards constant ones");
        names.put("cross-entropy", "the judges' loss");
        names.put("adam", "the update; N counts parameters");
        return names;
    }

    /** Makes the op of one shard. */
    private interface Maker {
        Op make(int shard, int firstRow, int rows);
    }

    private final ProfiledBackend backend;
    private final RunConfig config;
    private final Blueprint blueprint;
    private final int modality; // the last
    private final int size; // N
    private final int shards;

    private Kernels(ProfiledBackend backend, RunConfig config, int size) {
        this.backend = backend;
        this.config = config;
        blueprint = Blueprint.of(config);
        modality = blueprint.model().modalities().size() - 1;
        this.size = size;
        shards = backend.shards(size);
    }

    /**
     * Makes the op called {@code name}.
     *
     * @return by their names; of what there is both fused and separate the fused one first
     * @throws DuetException if there is none of that name
     */
    static Map<String, Subject> make(ProfiledBackend backend, RunConfig config, String name, int size) {
        Kernels kernels = new Kernels(backend, config, size);
        return switch (name) {
            case "latent" -> kernels.latents();
            case "output" -> kernels.outputs();
            default -> Map.of(name, kernels.make(name));
        };
    }

    private Subject make(String name) {
        return switch (name) {
            case "gather" -> gather();
            case "normal" ->
                sharded((s, first, rows) ->
                        backend.normal(first, backend.tensor("eps", Shape.of(rows, latent().noiseColumns()))));
            case "augment" -> sharded((s, first, rows) -> augment(first, rows));
            case "linear" -> layer(encoder(), encoder().layers().size() - 1);
            case "conv" -> layer(encoder(), 1);
            case "norm" -> layer(norm(), 0);
            case "conv-transpose" -> layer(decoder(), decoder().layers().size() - 2);
            case "likelihood" -> sharded((s, first, rows) -> likelihood(rows));
            case "contrast" -> sharded((s, first, rows) -> contrast(rows));
            case "cosine" -> sharded((s, first, rows) -> cosine(rows));
            case "cross-entropy" -> crossEntropy();
            case "adam" -> adam();
            default -> throw unknown(name);
        };
    }

    private static DuetException unknown(String name) {
        return new DuetException("--kernel " + name + ": expected one of " + String.join(", ", NAMES.keySet())
                + "; --kernel list says what they are");
    }

    /** @throws DuetException unless there is a kernel of that name */
    static void require(String name) {
        if (!NAMES.containsKey(name)) throw unknown(name);
    }

    /** Forward and backward over all shards, as one program. */
    private Subject sharded(Maker maker) {
        Op[] ops = IntStream.range(0, shards)
                .mapToObj(s -> maker.make(s, Shards.first(size, shards, s), Shards.rows(size, shards, s)))
                .toArray(Op[]::new);
        return backend.program(
                "kernel on " + size + " rows",
                () -> backend.forEachShard(shards, s -> {
                    ops[s].forward();
                    ops[s].backward();
                }))::run;
    }

    private Subject gather() {
        Images images = Inputs.resident(backend, BenchImages.of(config, IMAGES), size)
                .images()
                .get(modality);
        Indices indices = backend.indices(size);
        indices.write(IntStream.range(0, size).map(i -> i % IMAGES).toArray(), 0, size);
        return sharded((s, first, rows) -> backend.gather(images, indices, first, backend.tensor("x", image(rows))));
    }

    private Subject layer(Network network, int layer) {
        ParameterBuffer parameters = parameters(network.parameters().subList(2 * layer, 2 * layer + 2));
        LayerSpec spec = network.layers().get(layer);
        Shape input = input(network, layer);
        return sharded((s, first, rows) -> backend.layer(
                spec,
                variable("x", batched(input, rows)),
                parameters.variable(0, s),
                parameters.variable(1, s),
                variable("y", batched(spec.output(input), rows))));
    }

    private Map<String, Subject> latents() {
        Map<String, Subject> subjects = new LinkedHashMap<>();
        subjects.put("latent, fused", sharded((s, first, rows) -> new LatentTensors(rows).fused()));
        if (new LatentTensors(1).separate().isPresent())
            subjects.put(
                    "latent, separate",
                    sharded((s, first, rows) ->
                            new LatentTensors(rows).separate().orElseThrow()));
        return subjects;
    }

    /** What the latent part of so many rows reads and writes. */
    private final class LatentTensors {
        private final LatentSpec spec = blueprint.latent();
        private final List<Variable> heads = new ArrayList<>();
        private final List<Variable> codes = new ArrayList<>();
        private final Tensor eps;
        private final Tensor terms = backend.tensor("terms", Shape.of(spec.terms()));

        LatentTensors(int rows) {
            for (int m = 0; m < spec.modalities(); m++) {
                heads.add(variable("head." + m, Shape.of(rows, spec.headColumns(m))));
                codes.add(variable("code." + m, Shape.of(spec.codeBlocks(m).length * rows, spec.codeColumns(m))));
            }
            eps = backend.tensor("eps", Shape.of(rows, spec.noiseColumns()));
        }

        Op fused() {
            return backend.latent(spec, heads, eps, codes, terms);
        }

        Optional<Op> separate() {
            return backend.separateLatent(spec, heads, eps, codes, terms);
        }
    }

    /** With ranges that suit house numbers; noise is {@code normal}'s. */
    private Op augment(int firstRow, int rows) {
        AugmentSpec spec = new AugmentSpec(10, 0.12, 2.5, 0.3, 0.1, 0.1, 0.5, 0);
        return backend.augment(spec, 0, firstRow, variable("x", image(rows)), variable("y", image(rows)));
    }

    private Rows codes(String name, int rows) {
        return new Rows(variable(name, Shape.of(rows, latent().shared())), 0, rows);
    }

    private Op contrast(int rows) {
        ContrastSpec spec = new ContrastSpec(0.1, (size + shards - 1) / shards, 1);
        return backend.contrast(spec, codes("a", rows), codes("b", rows), latent().shared(), term(), 0);
    }

    private Op cosine(int rows) {
        return backend.cosine(1, codes("a", rows), codes("target", rows), latent().shared(), term(), 0);
    }

    private Op likelihood(int rows) {
        Variable logits = variable("logits", image(rows));
        return backend.likelihood(judgement(backend.tensor("x", image(rows))), logits);
    }

    private Map<String, Subject> outputs() {
        Map<String, Subject> subjects = new LinkedHashMap<>();
        subjects.put("output, fused", output(true));
        subjects.put("output, separate", output(false));
        return subjects;
    }

    /** @param fused as the backend's own op, or composed of its layer and its likelihood */
    private Subject output(boolean fused) {
        Network decoder = decoder();
        int last = decoder.layers().size() - 1;
        LayerSpec spec = decoder.layers().get(last);
        ParameterBuffer parameters = parameters(decoder.parameters().subList(2 * last, 2 * last + 2));
        Shape input = input(decoder, last);
        return sharded((s, first, rows) -> {
            Variable x = variable("hidden", input.batched(rows));
            Variable weight = parameters.variable(0, s);
            Variable bias = parameters.variable(1, s);
            Tensor target = backend.tensor("x", image(rows));
            if (fused) return backend.output(spec, x, weight, bias, judgement(target));
            Variable logits = variable("logits", image(rows));
            return Op.sequence(
                    backend.layer(spec, x, weight, bias, logits), backend.likelihood(judgement(target), logits));
        });
    }

    private Judgement judgement(Tensor target) {
        return Judgement.of(spec().likelihood(), new double[] {1}, target, term(), 0);
    }

    private Subject crossEntropy() {
        Indices labels = backend.indices(size);
        labels.write(IntStream.range(0, size).map(i -> i % CLASSES).toArray(), 0, size);
        return sharded((s, first, rows) ->
                backend.crossEntropy(variable("logits", Shape.of(rows, CLASSES)), labels, first, term()));
    }

    private Subject adam() {
        Shape in = Shape.of(ADAM_COLUMNS, 1, 1);
        Shape out = Shape.of(Math.max(1, size / (ADAM_COLUMNS + 1)), 1, 1);
        LayerSpec layer = new LayerSpec.Linear(in, out, Activation.NONE);
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("weight", layer, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("bias", layer, ParameterSpec.Role.BIAS)),
                1);
        return backend.program("kernel on " + size + " parameters", backend.adam(parameters, 1)::forward)::run;
    }

    // ---- shapes and tensors

    private ModalitySpec spec() {
        return blueprint.model().modalities().get(modality);
    }

    private LatentSpec latent() {
        return blueprint.latent();
    }

    private Network encoder() {
        return Network.encoder(
                "encoder." + spec().name(),
                spec().image(),
                blueprint.model().widths(),
                latent().headColumns(modality),
                0);
    }

    /** One layer on what the encoder's second layer writes. */
    private Network norm() {
        Shape hidden = input(encoder(), 2);
        return new Network("norm", hidden, Layers.parse(List.of("norm relu"), hidden), 0);
    }

    private Network decoder() {
        return Network.decoder(
                "decoder." + spec().name(),
                spec().image(),
                blueprint.model().widths(),
                latent().codeColumns(modality),
                0);
    }

    /** (C, H, W) of what enters layer {@code layer}. */
    private static Shape input(Network network, int layer) {
        Shape shape = network.input();
        for (int i = 0; i < layer; i++) shape = network.layers().get(i).output(shape);
        return shape;
    }

    private static Shape batched(Shape shape, int rows) {
        return shape.get(1) * shape.get(2) == 1 ? Shape.of(rows, shape.get(0)) : shape.batched(rows);
    }

    private Shape image(int rows) {
        return spec().image().batched(rows);
    }

    private ParameterBuffer parameters(List<ParameterSpec> specs) {
        ParameterBuffer parameters = backend.parameters(specs, shards);
        for (int i = 0; i < specs.size(); i++)
            parameters.write(
                    ParameterBuffer.Slot.VALUE,
                    i,
                    MatrixPeak.random(specs.get(i).shape().size()));
        parameters.refresh();
        return parameters;
    }

    private Variable variable(String name, Shape shape) {
        Variable variable = backend.variable(name, shape, true);
        backend.write(variable.value(), MatrixPeak.random(shape.size()));
        return variable;
    }

    private Tensor term() {
        return backend.tensor("term", Shape.of(1));
    }
}
