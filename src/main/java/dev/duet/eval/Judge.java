package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.data.ImageSet;
import dev.duet.measure.ConfusionMatrix;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * A classifier of one modality, trained by Duet itself on the training files, that says which class an image shows. There are
 * two of each modality, {@link JudgeSettings#a} and {@link JudgeSettings#b}. Its accuracy on real test images is the ceiling of
 * every coherence that it reads.
 */
public final class Judge implements Classifier {
    /** Images classified at once. */
    private static final int BATCH = 128;

    /** Told after each step, on the caller's thread. */
    @FunctionalInterface
    public interface Progress {
        /** @param loss mean cross-entropy of the step's batch, nats */
        void step(int step, int steps, double loss);
    }

    private final JudgeIdentity identity;
    private final Network network;
    private final ParameterBuffer parameters;
    private final JudgeBatch batch;

    private Judge(Backend backend, JudgeIdentity identity) {
        this.identity = identity;
        network = network(identity);
        parameters = backend.parameters(network.parameters(), 0);
        batch = new JudgeBatch(backend, network, parameters, BATCH);
    }

    /**
     * Trains a judge on {@code set} by Adam. Deterministic by seed. Sets the backend's scalars, and leaves its memory there until
     * the backend closes.
     *
     * @param stop asked before each step
     * @throws java.util.concurrent.CancellationException if told to stop: half a judge is none
     * @throws DuetException if the set has no labels or no images, or the loss is not finite
     */
    public static Judge train(
            Backend backend, ImageSet set, JudgeSettings settings, Progress progress, BooleanSupplier stop) {
        if (!set.labelled() || set.count() == 0) {
            throw new DuetException("judge of " + set.name() + ": expected labelled training images, got " + set.count()
                    + (set.labelled() ? "" : " without labels") + "; give the set its label file or class folders");
        }
        JudgeIdentity identity = JudgeIdentity.of(set, settings);
        JudgeTraining training = new JudgeTraining(backend, network(identity), set, settings);
        training.run(progress, stop);
        Judge judge = new Judge(backend, identity);
        for (int i = 0; i < judge.parameters.specs().size(); i++)
            judge.parameters.write(Slot.VALUE, i, training.parameters().read(Slot.VALUE, i));
        judge.parameters.refresh();
        return judge;
    }

    /**
     * A judge from what {@link #save} gave.
     *
     * @throws DuetException if it is of another version, or a tensor is missing or has another shape
     */
    public static Judge load(Backend backend, SavedJudge saved) {
        Judge judge = new Judge(backend, JudgeIdentity.parse(saved.metadata()));
        for (int i = 0; i < judge.parameters.specs().size(); i++) {
            ParameterSpec spec = judge.parameters.specs().get(i);
            judge.parameters.write(Slot.VALUE, i, saved.values(spec.name(), spec.shape()));
        }
        judge.parameters.refresh();
        return judge;
    }

    /** All that {@link #load} needs, for a file. */
    public SavedJudge save() {
        List<SavedJudge.NamedTensor> tensors = new ArrayList<>();
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            tensors.add(new SavedJudge.NamedTensor(spec.name(), spec.shape(), parameters.read(Slot.VALUE, i)));
        }
        return new SavedJudge(identity.metadata(), tensors);
    }

    private static Network network(JudgeIdentity identity) {
        return Network.encoder(
                "judge." + identity.name(),
                identity.image(),
                identity.settings().layers(),
                identity.classes().size(),
                0,
                0);
    }

    /** Which one of its modality's judges this is: "a" or "b". */
    @Override
    public String kind() {
        return identity.settings().kind();
    }

    /** Name of the set that it learned from. */
    @Override
    public String name() {
        return identity.name();
    }

    /** Names of the classes that {@link #classify} tells apart. */
    @Override
    public List<String> classes() {
        return identity.classes();
    }

    /** (C, H, W) of the images that it judges. */
    @Override
    public Shape image() {
        return identity.image();
    }

    /** The features are what the last layer reads. */
    @Override
    public Reading read(float[] images) {
        int size = image().size();
        if (images.length % size != 0) {
            throw new DuetException("judge of " + name() + ": expected images of " + image() + " = " + size
                    + " values each, got " + images.length + " values");
        }
        int[] out = new int[images.length / size];
        float[] features = new float[out.length * featureWidth()];
        for (int from = 0; from < out.length; from += batch.rows()) {
            batch.load(images, from);
            JudgeBatch.Outputs outputs = batch.classify();
            int rows = Math.min(batch.rows(), out.length - from);
            for (int b = 0; b < rows; b++)
                out[from + b] = JudgeBatch.best(outputs.logits(), b, classes().size());
            System.arraycopy(outputs.features(), 0, features, from * featureWidth(), rows * featureWidth());
        }
        return new Reading(out, features);
    }

    /** D, number of features of an image. */
    @Override
    public int featureWidth() {
        return network.layers().get(network.layers().size() - 1).weightShape().get(1);
    }

    /**
     * Its decisions on a labelled set, classes in the judge's order; images of classes that it does not know are left out.
     *
     * @throws DuetException if the images are of another size
     */
    public ConfusionMatrix accuracy(ImageSet set) {
        requireImages(set);
        ConfusionMatrix matrix = new ConfusionMatrix(classes().size());
        int[] truth = set.classes().stream().mapToInt(classes()::indexOf).toArray();
        int[] known = IntStream.range(0, set.count())
                .filter(i -> truth[set.labels()[i]] >= 0)
                .toArray();
        for (int from = 0; from < known.length; from += batch.rows()) {
            int rows = Math.min(batch.rows(), known.length - from);
            int[] judged = classify(Pictures.floats(set, known, from, rows));
            for (int b = 0; b < rows; b++) matrix.add(truth[set.labels()[known[from + b]]], judged[b]);
        }
        return matrix;
    }

    private void requireImages(ImageSet set) {
        if (!Pictures.shape(set).equals(image())) {
            throw new DuetException("judge of " + name() + ": expected images of (C,H,W) " + image() + ", got "
                    + Pictures.shape(set) + " in " + set.name() + "; resize the set as for training");
        }
    }
}
