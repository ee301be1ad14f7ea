package dev.duet.profile;

import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.StepScalars;
import dev.duet.model.Initialiser;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import dev.duet.tensor.Philox;
import dev.duet.train.BatchPlan;
import dev.duet.train.Inputs;
import dev.duet.train.TrainStep;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The training step of a configuration, on images of noise: what an op costs does not depend on what it sees. */
final class StepSubject implements Subject {
    private static final int LEAST_IMAGES = 1024;

    private final Backend backend;
    private final RunConfig config;
    private final Inputs inputs;
    private final BatchPlan plan;
    private final int[][] pairs; // (M, images)
    private final double[] terms; // (K)
    private int step;

    StepSubject(Backend backend, RunConfig config) {
        this.backend = backend;
        this.config = config;
        int batch = config.train().batch();
        Blueprint blueprint = Blueprint.of(config);
        int count = Math.max(LEAST_IMAGES, 2 * batch);
        inputs = inputs(backend, blueprint.model().modalities(), count, batch);
        pairs = new int[inputs.images().size()][count];
        for (int[] row : pairs) for (int i = 0; i < count; i++) row[i] = i;
        JointVae vae = new JointVae(backend, blueprint.model(), blueprint.latent(), backend.shards(batch));
        Initialiser.uniform(vae.parameters(), config.seed());
        plan = new BatchPlan(backend, vae, blueprint.elbo(), inputs, batch, TrainStep.Mode.TRAIN);
        terms = new double[blueprint.elbo().terms()];
    }

    private static Inputs inputs(Backend backend, List<ModalitySpec> modalities, int count, int batch) {
        List<Images> images = new ArrayList<>();
        List<Indices> indices = new ArrayList<>();
        for (ModalitySpec modality : modalities) {
            images.add(noise(backend, modality, count));
            indices.add(backend.indices(batch));
        }
        return new Inputs(images, indices);
    }

    static Images noise(Backend backend, ModalitySpec modality, int count) {
        int size = modality.size();
        ByteBuffer pixels = ByteBuffer.allocateDirect(
                Math.multiplyExact(count, modality.image().size()));
        Philox.Sequence draws = new Philox.Sequence(0, Philox.Stream.SYNTHETIC, 0);
        for (int i = 0; i < pixels.capacity(); i++) pixels.put(i, (byte) draws.nextInt(256));
        return backend.images(pixels, count, size, size, modality.channels());
    }

    @Override
    public void run() {
        int batch = config.train().batch();
        StepScalars scalars = backend.scalars();
        scalars.seed = config.seed();
        scalars.step = step;
        scalars.beta = (float) config.objective().beta();
        scalars.betaPrivate = (float) config.objective().betaPrivate();
        scalars.learningRate = (float) config.stages().get(0).learningRate();
        scalars.adamStep = step + 1;
        inputs.select(pairs, step % 2 * batch, batch);
        plan.step();
        step++;
    }

    @Override
    public void finish() {
        plan.addTermsTo(terms);
    }
}
