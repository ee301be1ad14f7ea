package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One training step from given weights, inputs and noise, and the parameters after it.
 *
 * @param terms the batch's terms by name, nats
 * @param reconstruction Σ a λ nll
 * @param sharedKl Σ a KL
 * @param gradients by parameter
 * @param updated the parameters after the case's steps of Adam, 1e-3
 */
record GoldenStep(
        Map<String, Double> terms,
        double reconstruction,
        double sharedKl,
        double loss,
        Map<String, float[]> gradients,
        Map<String, float[]> updated) {

    /** Runs {@code spec}'s step on {@code backend}, its batch cut into {@code shards}. */
    static GoldenStep run(Backend backend, GoldenCase spec, GoldenTensors golden, int shards) {
        JointVae vae = new JointVae(backend, spec.model(), spec.latent(), shards);
        Elbo elbo = new Elbo(spec.latent(), spec.modalityNames(), spec.lambda());
        backend.scalars().beta = spec.beta();
        backend.scalars().betaPrivate = spec.betaPrivate();
        writeWeights(vae.parameters(), golden);
        List<TrainStep> steps = new ArrayList<>();
        for (int s = 0; s < shards; s++) steps.add(step(backend, spec, vae, elbo, golden, s, shards));
        gradients(backend, steps);
        Map<String, float[]> gradients = read(vae.parameters(), Slot.GRADIENT);
        double[] terms = terms(backend, elbo, steps);
        Op adam = backend.adam(vae.parameters(), shards, 0.9, 0.999, 1e-8);
        for (int t = 1; t <= spec.updates(); t++) {
            if (t > 1) gradients(backend, steps);
            backend.scalars().adamStep = t;
            adam.forward();
        }
        Map<String, Double> named = new LinkedHashMap<>();
        for (int k = 0; k < terms.length; k++) named.put(elbo.names().get(k), terms[k]);
        return new GoldenStep(
                named,
                elbo.reconstruction(terms),
                elbo.sharedKl(terms),
                elbo.loss(terms, spec.beta(), spec.betaPrivate()),
                gradients,
                read(vae.parameters(), Slot.VALUE));
    }

    private static void gradients(Backend backend, List<TrainStep> shards) {
        backend.forEachShard(shards.size(), s -> {
            shards.get(s).forwardFromInputs();
            shards.get(s).backward();
        });
    }

    private static void writeWeights(ParameterBuffer parameters, GoldenTensors golden) {
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            parameters.write(Slot.VALUE, i, golden.floats("value/" + spec.name()));
        }
        parameters.refresh();
    }

    private static Map<String, float[]> read(ParameterBuffer parameters, Slot slot) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (int i = 0; i < parameters.specs().size(); i++)
            values.put(parameters.specs().get(i).name(), parameters.read(slot, i));
        return values;
    }

    /** Shard {@code s} with its rows of x and eps in place; images and indices stay unread. */
    private static TrainStep step(
            Backend backend, GoldenCase spec, JointVae vae, Elbo elbo, GoldenTensors golden, int s, int shards) {
        List<Images> images = new ArrayList<>();
        List<Indices> indices = new ArrayList<>();
        for (ModalitySpec m : spec.model().modalities()) {
            ByteBuffer pixels = ByteBuffer.allocateDirect(m.image().size());
            images.add(backend.images(pixels, 1, m.size(), m.size(), m.channels()));
            indices.add(backend.indices(spec.batch()));
        }
        int from = spec.batch() * s / shards;
        int rows = spec.batch() * (s + 1) / shards - from;
        Inputs unread = new Inputs(images, indices);
        TrainStep step =
                new TrainStep(backend, vae, StageObjective.of(elbo), unread, from, rows, s, TrainStep.Mode.TRAIN);
        for (int m = 0; m < images.size(); m++)
            writeRows(
                    backend,
                    step.input(m),
                    golden.floats("x/" + spec.modalityNames().get(m)),
                    from);
        writeRows(backend, step.eps(), golden.floats("eps"), from);
        return step;
    }

    private static void writeRows(Backend backend, Tensor to, float[] batch, int firstRow) {
        int row = to.shape().size() / to.shape().get(0);
        int from = firstRow * row;
        backend.write(to, Arrays.copyOfRange(batch, from, from + to.shape().size()));
    }

    private static double[] terms(Backend backend, Elbo elbo, List<TrainStep> steps) {
        double[] sums = new double[elbo.terms()];
        float[] shard = new float[elbo.terms()];
        for (TrainStep step : steps) {
            backend.read(step.terms(), shard);
            for (int k = 0; k < sums.length; k++) sums[k] += shard[k];
        }
        return sums;
    }
}
