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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fitted mixtures as a safetensors file: of each part, under its name, {@code .weights} (K), {@code .means} (K, D) and
 * {@code .cholesky} (K, D, D), float64, so that it is read back bit for bit; in the metadata the format's version and what each part
 * was fitted with.
 *
 * @param parts by name, in the order of the file
 * @param metadata how they came about: the fits' settings and results, and whatever the caller adds
 */
public record MixtureFile(Map<String, GaussianMixture> parts, Map<String, String> metadata) {
    private static final String KIND = "duet.sampler";
    private static final String GAUSSIAN_MIXTURES = "gaussian-mixtures";
    private static final String VERSION_KEY = "duet.sampler.version";
    private static final String VERSION = "3";
    private static final String WEIGHTS = ".weights";
    private static final String MEANS = ".means";
    private static final String CHOLESKY = ".cholesky";

    public MixtureFile {
        parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
        metadata = Map.copyOf(metadata);
    }

    /**
     * @param parts fits by name
     * @param origin what else is needed to fit them again, such as the seed of the codes and the checkpoint that gave them
     * @throws DuetException if the file cannot be written
     */
    public static void write(Path file, Map<String, MixtureFit.Result> parts, Map<String, String> origin) {
        Map<String, String> metadata = new LinkedHashMap<>(origin);
        metadata.put(KIND, GAUSSIAN_MIXTURES);
        metadata.put(VERSION_KEY, VERSION);
        List<SafetensorsWriter.Source> tensors = new ArrayList<>();
        parts.forEach((part, fit) -> {
            describe(part, fit, metadata);
            tensors.addAll(tensors(part, fit.mixture()));
        });
        AtomicFiles.write(file, out -> SafetensorsWriter.write(out, metadata, tensors));
    }

    private static void describe(String part, MixtureFit.Result fit, Map<String, String> metadata) {
        MixtureFit.Settings settings = fit.settings();
        metadata.put(part + ".components", Integer.toString(settings.components()));
        metadata.put(part + ".seed", Long.toString(settings.seed()));
        metadata.put(part + ".iterations", Integer.toString(settings.iterations()));
        metadata.put(part + ".tolerance", Double.toString(settings.tolerance()));
        metadata.put(part + ".prior_counts", Double.toString(settings.priorCounts()));
        metadata.put(part + ".points", Integer.toString(fit.points()));
        metadata.put(part + ".log_likelihood", Double.toString(fit.logLikelihood()));
        metadata.put(part + ".converged", Boolean.toString(fit.converged()));
    }

    private static List<SafetensorsWriter.Source> tensors(String part, GaussianMixture mixture) {
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
                SafetensorsWriter.Source.of(part + WEIGHTS, Shape.of(components), weights.flip()),
                SafetensorsWriter.Source.of(part + MEANS, Shape.of(components, width), means.flip()),
                SafetensorsWriter.Source.of(part + CHOLESKY, Shape.of(components, width, width), factors.flip()));
    }

    /** @throws DuetException naming the file if it does not hold mixtures of this version */
    public static MixtureFile read(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            require(file, reader, KIND, GAUSSIAN_MIXTURES);
            require(file, reader, VERSION_KEY, VERSION);
            Map<String, GaussianMixture> parts = new LinkedHashMap<>();
            for (Safetensors.Info tensor : reader.tensors()) {
                if (!tensor.name().endsWith(MEANS)) continue;
                String part = tensor.name().substring(0, tensor.name().length() - MEANS.length());
                parts.put(part, mixture(file, reader, part, tensor.shape()));
            }
            return new MixtureFile(parts, reader.metadata());
        }
    }

    /** @param shape of the means, (K, D) */
    private static GaussianMixture mixture(Path file, SafetensorsReader reader, String part, Shape shape) {
        if (shape.rank() != 2 || shape.size() == 0)
            throw new DuetException(file + ": expected " + part + MEANS + " of shape (K,D), got " + shape);
        int components = shape.get(0);
        int width = shape.get(1);
        double[] weights = reader.doubles(part + WEIGHTS);
        double[] flatMeans = reader.doubles(part + MEANS);
        double[] flatFactors = reader.doubles(part + CHOLESKY);
        if (weights.length != components || flatFactors.length != flatMeans.length * width) {
            throw new DuetException(file + ": expected " + part + WEIGHTS + " (K) and " + part + CHOLESKY
                    + " (K,D,D) beside " + part + MEANS + " (K,D) = " + shape + ", got " + weights.length + " and "
                    + flatFactors.length + " numbers");
        }
        double[][] means = new double[components][width];
        double[][][] factors = new double[components][width][width];
        for (int k = 0; k < components; k++) {
            System.arraycopy(flatMeans, k * width, means[k], 0, width);
            for (int i = 0; i < width; i++) {
                System.arraycopy(flatFactors, (k * width + i) * width, factors[k][i], 0, width);
            }
        }
        try {
            return new GaussianMixture(weights, means, factors);
        } catch (DuetException e) {
            throw new DuetException(file + ": " + part + ": " + e.getMessage(), e);
        }
    }

    private static void require(Path file, SafetensorsReader reader, String key, String expected) {
        String got = reader.metadata().get(key);
        if (expected.equals(got)) return;
        throw new DuetException(file + ": expected a fitted sampler with " + key + " = " + expected + ", got "
                + (got == null ? "none" : got));
    }
}
