package dev.duet.eval;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.duet.DuetException;
import dev.duet.measure.Accuracy;
import dev.duet.measure.FrechetDistance;
import dev.duet.measure.LogLikelihood;
import dev.duet.run.Checkpoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a model does on images that it did not learn from. As JSON its keys are these names in snake_case; they do not change within a
 * {@code version}. Shares are in [0, 1], null where there is nothing to divide by.
 *
 * @param version of this format
 * @param conditions what was measured on
 * @param elbo the objective on the pairs
 * @param judges accuracy of each judge on the real images, the strong ones first: the ceiling of the coherences; of validation
 *     images it is none, as the judges learned from them
 * @param coherence translations of every modality into every one (itself: reconstruction), by posterior sample and mean
 * @param jointCoherence samples decoded in all modalities, per sampler
 * @param featureDistances of decoded from real images, where there are at least four of each
 * @param swaps shared and private codes of different classes, for modalities with private codes
 * @param reconstruction each modality from its own posterior and from the joint one, at the posterior mean
 * @param codes what classifiers read from codes
 * @param retrieval codes of one domain among another's
 * @param diversity SSIM within classes of decoded images beside real ones, where they are large enough
 * @param disturbed coherence of changed copies
 * @param logLikelihoods by importance weighting; none if no images were asked for
 */
public record Evaluation(
        int version,
        Conditions conditions,
        TestElbo elbo,
        List<JudgeAccuracy> judges,
        List<Coherence> coherence,
        List<JointCoherence> jointCoherence,
        List<FeatureDistance> featureDistances,
        List<CodeSwap> swaps,
        List<Reconstruction> reconstruction,
        List<CodeAccuracy> codes,
        List<CodeRetrieval> retrieval,
        List<TranslationDiversity> diversity,
        List<DisturbedCoherence> disturbed,
        List<LogLikelihood> logLikelihoods) {
    static final int VERSION = 5;

    private static final JsonSetter.Value NULLS_STAY = JsonSetter.Value.forValueNulls(Nulls.SET, Nulls.SET);

    static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .changeDefaultNullHandling(nulls -> JsonSetter.Value.forValueNulls(Nulls.FAIL, Nulls.FAIL))
            .withConfigOverride(Double.class, shares -> shares.setNullHandling(NULLS_STAY))
            .withConfigOverride(Map.class, named -> named.setNullHandling(JsonSetter.Value.forContentNulls(Nulls.SET)))
            .build();

    /** Which images a model is measured on. Models are to be chosen by the first, and reported by the second. */
    public enum Split {
        /** Those of the training files that {@code data.validation} held out. */
        @JsonProperty("validation")
        VALIDATION,
        /** Those of the test files. */
        @JsonProperty("test")
        TEST
    }

    /**
     * @param weights that were measured
     * @param split what {@code domains} count
     * @param pairs label-matched pairs
     * @param seed of the pairs, the posterior samples and the prior samples
     * @param privateCodes where the private codes of translations come from: {@code fitted mixture}, the run's sampler;
     *     {@code N(0, I)} where none was fitted; or {@code none} where the model has none
     * @param classes names of the classes that all domains have
     * @param domains one per modality
     */
    public record Conditions(
            Weights weights,
            Split split,
            int pairs,
            long seed,
            String privateCodes,
            List<String> classes,
            List<Domain> domains) {
        static final String NO_PRIVATE_CODES = "none";
    }

    /**
     * Tells the weights of one training from those of another, or of a later step.
     *
     * @param step optimiser steps that made them
     * @param crc32 of all parameters in order, as little-endian float32; 8 hexadecimal digits
     */
    public record Weights(long step, String crc32) {
        public static Weights of(Checkpoint checkpoint) {
            CRC32 crc = new CRC32();
            for (Checkpoint.Tensor parameter : checkpoint.parameters()) {
                ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * parameter.values().length)
                        .order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(parameter.values());
                crc.update(bytes);
            }
            return new Weights(checkpoint.progress().step(), String.format(Locale.ROOT, "%08x", crc.getValue()));
        }
    }

    /**
     * @param name of the modality
     * @param images in the split
     * @param used different ones among the pairs: a reused image counts once in everything about its modality alone
     * @param leftOut of classes that another domain lacks
     */
    public record Domain(String name, int images, int used, int leftOut) {}

    /**
     * Nats per pair, one posterior sample each, with the subsets and weights that the model was trained with.
     *
     * @param loss under {@code beta} and {@code betaPrivate}
     * @param rec weighted by a_S and λ_t
     * @param kl shared ones weighted by a_S, joint ones by j_S, and private ones; without β
     * @param terms each term unweighted, by the names of {@link dev.duet.objective.Elbo#names()}
     */
    public record TestElbo(
            double loss, double rec, double kl, double beta, double betaPrivate, Map<String, Double> terms) {}

    /**
     * @param judge kind of the judge: "b", "a", or "onnx" for one that the user brought along
     * @param modality that it judges
     * @param accuracy on real test images of the shared classes
     */
    public record JudgeAccuracy(String judge, String modality, Accuracy accuracy) {}

    /**
     * Test images of {@code source} decoded as {@code target}, and whether the target's judges read the source's label.
     *
     * @param code {@code sample}: one sample of the posterior, and a private code of the target from where the conditions say;
     *     {@code mean}: the means of the posterior and of N(0, I); and, where a sampler was fitted, {@code sample, w from N(0, I)}
     * @param judged by each kind of judge, the strong one first
     * @param varianceRatio within-class variance of the decoded images over that of as many real ones of the same classes;
     *     near 0 when they collapse to one image per class
     * @param gradientRatio likewise of the gradient energy; below 1 for blur, above for noise or excess contrast
     */
    public record Coherence(
            String source,
            String target,
            String code,
            List<Judged> judged,
            Double varianceRatio,
            Double gradientRatio) {
        /** {@code code} of one sample. */
        public static final String SAMPLE = "sample";

        static final String SAMPLE_OF_PRIOR = "sample, w from " + CodeSource.PRIOR;
        static final String MEAN = "mean";

        public Coherence {
            requireJudged(judged);
        }

        /** By the strong judge. */
        public Judged strong() {
            return judged.get(0);
        }
    }

    /**
     * What one kind of judge reads in translated images.
     *
     * @param judgeAccuracy of the target's judge on real images
     */
    public record Judged(String judge, Accuracy accuracy, Double judgeAccuracy) {}

    /**
     * @param sampler where the codes come from
     * @param samples n
     * @param maxEntropy ln K, nats
     * @param judged by each kind of judge, the strong one first
     */
    public record JointCoherence(String sampler, long samples, double maxEntropy, List<Agreement> judged) {
        public JointCoherence {
            requireJudged(judged);
        }

        /** By the strong judges. */
        public Agreement strong() {
            return judged.get(0);
        }
    }

    /**
     * What the judges of one kind read in samples decoded in all modalities.
     *
     * @param agreement share on which all modalities' judges name the same class
     * @param low lower end of the 95 % Wilson interval
     * @param high upper end
     * @param classEntropy per modality the entropy of what its judge names, nats; 0 if samples collapse to one class
     * @param classCounts per modality how often its judge names each class, "none of these" last where it can
     * @param judgeAccuracy per modality on real images
     */
    public record Agreement(
            String judge,
            Double agreement,
            double low,
            double high,
            Map<String, Double> classEntropy,
            Map<String, List<Long>> classCounts,
            Map<String, Double> judgeAccuracy) {}

    /**
     * How far images of {@code target} are from real test images, in the features of its judge.
     *
     * @param source modality that they were translated from, one posterior sample each, or the sampler of their codes
     * @param distance from as many real images
     * @param realHalves between two halves of the real images: what so few images alone amount to
     */
    public record FeatureDistance(
            String judge, String source, String target, FrechetDistance distance, FrechetDistance realHalves) {}

    static void requireJudged(List<?> judged) {
        if (judged.isEmpty()) throw new DuetException("coherence: expected one judge or more, got none");
    }

    /**
     * @param modality that is reconstructed
     * @param posterior that it is decoded from, e.g. {@code mnist} or {@code mnist+svhn}
     * @param images n
     * @param squaredError Σ (xHat − x)² per image, mean
     * @param meanSquaredError per pixel and channel
     * @param psnr of the mean squared error, dB; null if that is 0
     * @param psnrPerImage mean over the images where it is finite, dB; null if there is none
     * @param ssim mean; null for images smaller than its window
     */
    public record Reconstruction(
            String modality,
            String posterior,
            long images,
            double squaredError,
            double meanSquaredError,
            Double psnr,
            Double psnrPerImage,
            Double ssim) {}

    /** The one JSON of an evaluation. */
    public String toJson() {
        return JSON.writeValueAsString(this);
    }

    /** @throws DuetException if {@code json} is not an evaluation of this version */
    public static Evaluation fromJson(String json) {
        try {
            JsonNode tree = JSON.readTree(json);
            JsonNode version = tree.path("version");
            if (!version.isInt() || version.intValue() != VERSION) {
                throw new DuetException("evaluation: expected version " + VERSION + ", got "
                        + (version.isMissingNode() ? "none" : version) + "; run duet eval again");
            }
            return JSON.treeToValue(tree, Evaluation.class);
        } catch (JacksonException e) {
            throw new DuetException(
                    "evaluation: not readable (" + e.getOriginalMessage() + "); run duet eval again", e);
        }
    }
}
