package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.MixtureFit;
import dev.duet.run.AtomicFiles;
import dev.duet.run.Safetensors;
import dev.duet.run.SafetensorsReader;
import dev.duet.run.SafetensorsWriter;
import dev.duet.tensor.Shape;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A fitted mixture as a safetensors file: {@code weights} (K), {@code means} (K, Z) and {@code cholesky} (K, Z, Z), float64,
 * so that it is read back bit for bit; in the metadata the format's version and what it was fitted with.
 *
 * @param mixture the sampler
 * @param metadata how it came about: the fit's settings and result, and whatever the caller adds
 */
public record MixtureFile(GaussianMixture mixture, Map<String, String> metadata) {
    private static final String KIND = "duet.sampler";
    private static final String GAUSSIAN_MIXTURE = "gaussian-mixture";
    private static final String VERSION_KEY = "duet.sampler.version";
    private static final String VERSION = "1";

    public MixtureFile {
        metadata = Map.copyOf(metadata);
    }

    /**
     * @param origin what else is needed to fit it again, such as the seed of the codes and the checkpoint that gave them
     * @throws DuetException if the file cannot be written
     */
    public static void write(Path file, MixtureFit.Result fit, Map<String, String> origin) {
        Map<String, String> metadata = new LinkedHashMap<>(origin);
        metadata.put(KIND, GAUSSIAN_MIXTURE);
        metadata.put(VERSION_KEY, VERSION);
        MixtureFit.Settings settings = fit.settings();
        metadata.put("fit.components", Integer.toString(settings.components()));
        metadata.put("fit.seed", Long.toString(settings.seed()));
        metadata.put("fit.iterations", Integer.toString(settings.iterations()));
        metadata.put("fit.tolerance", Double.toString(settings.tolerance()));
        metadata.put("fit.prior_counts", Double.toString(settings.priorCounts()));
        metadata.put("fit.points", Integer.toString(fit.points()));
        metadata.put("fit.log_likelihood", Double.toString(fit.logLikelihood()));
        metadata.put("fit.converged", Boolean.toString(fit.converged()));
        AtomicFiles.write(file, out -> SafetensorsWriter.write(out, metadata, tensors(fit.mixture())));
    }

    private static List<SafetensorsWriter.Source> tensors(GaussianMixture mixture) {
        int components = mixture.components();
        int width = mixture.width();
        DoubleBuffer weights = DoubleBuffer.allocate(components);
        DoubleBuffer means = DoubleBuffer.allocate(components * width);
        DoubleBuffer factors = DoubleBuffer.allocate(components * width * width);
        for (int k = 0; k < components; k++) {
            weights.put(mixture.weight(k));
            means.put(mixture.mean(k));
            for (double[] row : mixture.factor(k)) factors.put(row);
        }
        return List.of(
                SafetensorsWriter.Source.of("weights", Shape.of(components), weights.flip()),
                SafetensorsWriter.Source.of("means", Shape.of(components, width), means.flip()),
                SafetensorsWriter.Source.of("cholesky", Shape.of(components, width, width), factors.flip()));
    }

    /** @throws DuetException naming the file if it holds no mixture of this version */
    public static MixtureFile read(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            require(file, reader, KIND, GAUSSIAN_MIXTURE);
            require(file, reader, VERSION_KEY, VERSION);
            Shape shape = shape(file, reader);
            int components = shape.get(0);
            int width = shape.get(1);
            double[] weights = reader.doubles("weights");
            double[] flatMeans = reader.doubles("means");
            double[] flatFactors = reader.doubles("cholesky");
            if (weights.length != components || flatFactors.length != flatMeans.length * width) {
                throw new DuetException(file + ": expected weights (K) and cholesky (K,Z,Z) beside means (K,Z) = "
                        + shape + ", got " + weights.length + " and " + flatFactors.length + " numbers");
            }
            double[][] means = new double[components][width];
            double[][][] factors = new double[components][width][width];
            for (int k = 0; k < components; k++) {
                System.arraycopy(flatMeans, k * width, means[k], 0, width);
                for (int i = 0; i < width; i++) {
                    System.arraycopy(flatFactors, (k * width + i) * width, factors[k][i], 0, width);
                }
            }
            return new MixtureFile(mixture(file, weights, means, factors), reader.metadata());
        }
    }

    private static GaussianMixture mixture(Path file, double[] weights, double[][] means, double[][][] factors) {
        try {
            return new GaussianMixture(weights, means, factors);
        } catch (DuetException e) {
            throw new DuetException(file + ": " + e.getMessage(), e);
        }
    }

    private static void require(Path file, SafetensorsReader reader, String key, String expected) {
        String got = reader.metadata().get(key);
        if (expected.equals(got)) return;
        throw new DuetException(file + ": expected a fitted sampler with " + key + " = " + expected + ", got "
                + (got == null ? "none" : got));
    }

    /** The shape of the means, (K, Z), neither of them 0. */
    private static Shape shape(Path file, SafetensorsReader reader) {
        for (Safetensors.Info tensor : reader.tensors()) {
            Shape shape = tensor.shape();
            if (tensor.name().equals("means") && shape.rank() == 2 && shape.size() > 0) return shape;
        }
        throw new DuetException(file + ": expected a tensor 'means' of shape (K,Z), got none");
    }
}
