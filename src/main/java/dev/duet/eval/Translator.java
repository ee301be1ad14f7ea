package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.model.JointVae;
import dev.duet.train.TrainStep;
import java.util.Arrays;
import java.util.List;

/** Translates images of one modality into another: its posterior's code and a private code of the target, decoded. */
public final class Translator {
    private final Backend backend;
    private final JointVae vae;
    private final CodeSource styles;
    private final int batch;

    /** Receives the results in order, some at a time. */
    @FunctionalInterface
    public interface Sink {
        /** @param first index of the first one's source image in its set */
        void accept(int first, List<Png.Image> translated);
    }

    /**
     * @param source,target modalities
     * @param sample one sample of the posterior, and one private code; otherwise the posterior's mean and that of N(0, I)
     * @param seed of the samples
     */
    public record Request(int source, int target, boolean sample, long seed) {}

    /**
     * @param styles of which samples have their private codes
     * @param batch images computed at once
     */
    public Translator(Backend backend, JointVae vae, CodeSource styles, int batch) {
        this.backend = backend;
        this.vae = vae;
        this.styles = styles;
        this.batch = batch;
    }

    /**
     * Translates all images of {@code set}, which needs no labels.
     *
     * @throws DuetException if the images are not of the source's size and channels
     */
    public void translate(ImageSet set, Request request, Sink sink) {
        if (!Pictures.shape(set).equals(vae.image(request.source))) {
            throw new DuetException(
                    "translation from " + Posteriors.modalities(vae).get(request.source)
                            + ": expected images of (C,H,W) " + vae.image(request.source) + ", got "
                            + Pictures.shape(set) + " in "
                            + set.name() + "; resize them as for training");
        }
        ImageSet[] sets = new ImageSet[vae.modalities()];
        sets[request.source] = set;
        int[][] pairs = new int[vae.modalities()][set.count()];
        Arrays.setAll(pairs[request.source], i -> i);
        boolean styled = request.sample && Restyled.applies(vae.latent(), request.source, request.target);
        Inference inference = new Inference(
                backend,
                vae,
                Posteriors.alone(vae.latent(), request.source),
                Arrays.asList(sets),
                batch,
                styled ? TrainStep.Mode.ENCODE : TrainStep.Mode.RECONSTRUCT);
        Restyled restyled = styled ? new Restyled(backend, vae, styles, request.seed, batch) : null;
        Inference.Visitor visitor = rows -> {
            float[] means = styled ? restyled.means(request.source, request.target, rows) : rows.means(request.target);
            sink.accept(rows.first(), Pictures.all(means, vae.image(request.target)));
        };
        if (request.sample) inference.sample(pairs, request.seed, visitor);
        else inference.mean(pairs, visitor);
    }
}
