package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.Accuracy;
import dev.duet.measure.Confidence;
import dev.duet.measure.Disturbance;
import dev.duet.measure.FrechetDistance;
import dev.duet.measure.LogLikelihood;
import dev.duet.measure.Mixtures;
import dev.duet.measure.Points;
import dev.duet.measure.Retrieval;
import dev.duet.run.Checkpoint;
import dev.duet.run.Mutations;
import dev.duet.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * On a model whose parameters are all 0 every answer is known: q_S = N(0, 1/(1 + |S|)), every decoded pixel is ½, and a judge
 * that sees the same image each time reads one class.
 */
class EvaluatorTest {
    private static final int A_PIXELS = 64;
    private static final int B_PIXELS = 192;
    private static final Evaluation.Weights WEIGHTS = new Evaluation.Weights(77, "0badc0de");
    private static final Evaluator.Sets SETS =
            new Evaluator.Sets(Evaluation.Split.TEST, TinyModel.TRAIN, TinyModel.TEST);
    private static final CodeMixtures SAMPLER =
            new CodeMixtures(Mixtures.random(2, 3, 1), Map.of(1, Mixtures.random(2, 5, 7)));
    private static final Evaluator.Likelihood LIKELIHOOD = new Evaluator.Likelihood(14, 200);
    private static Evaluation evaluation;
    private static int[][] greyRead; // (kind, modality) the class that the judge reads in mid grey
    private static List<Judges> judges;
    private static Backend backend;

    @BeforeAll
    static void evaluate() {
        backend = new ReferenceBackend(4);
        judges = TinyModel.kinds(backend);
        greyRead = judges.stream()
                .map(kind -> new int[] {
                    kind.ofModality().get(0).classify(grey(A_PIXELS))[0],
                    kind.ofModality().get(1).classify(grey(B_PIXELS))[0]
                })
                .toArray(int[][]::new);
        evaluation = evaluator(judges).evaluate((phase, done, total) -> {}, () -> false);
    }

    private static Evaluator evaluator(List<Judges> judges) {
        Evaluator.Subject subject =
                new Evaluator.Subject(TinyModel.zero(backend), TinyModel.ELBO, 0.5, 0.25, WEIGHTS, SAMPLER);
        Evaluator.Settings settings = new Evaluator.Settings(100, 100, 30, LIKELIHOOD, 8, 3, 1);
        return new Evaluator(backend, subject, SETS, judges, settings);
    }

    private static float[] grey(int pixels) {
        float[] out = new float[pixels];
        Arrays.fill(out, 0.5f);
        return out;
    }

    @Test
    void statesWhatItMeasuredOn() {
        assertThat(evaluation.conditions())
                .isEqualTo(new Evaluation.Conditions(
                        WEIGHTS,
                        Evaluation.Split.TEST,
                        21,
                        3,
                        "fitted mixture",
                        Quadrants.CLASSES,
                        List.of(new Evaluation.Domain("a", 21, 21, 0), new Evaluation.Domain("b", 12, 12, 0))));
    }

    /** Joint posterior of two unit experts and the prior: variance ⅓, KL = ½(⅓ − 1 + ln 3) for each of 3 dimensions. */
    @Test
    void elboIsInClosedForm() {
        double kl = 3 * 0.5 * (1 / 3.0 - 1 + Math.log(3));
        double nllA = A_PIXELS * Math.log(2);
        Evaluation.TestElbo elbo = evaluation.elbo();
        assertThat(elbo.terms().keySet())
                .containsExactly("kl/a+b", "kl_private/a", "kl_private/b", "nll/a|a+b", "nll/b|a+b");
        assertThat(elbo.terms().get("kl/a+b")).isCloseTo(kl, within(1e-5));
        assertThat(elbo.terms().get("kl_private/b")).isCloseTo(0, within(1e-6));
        assertThat(elbo.terms().get("nll/a|a+b")).isCloseTo(nllA, within(1e-4));
        assertThat(elbo.kl()).isCloseTo(kl, within(1e-5));
        assertThat(elbo.rec()).isCloseTo(nllA + 2 * elbo.terms().get("nll/b|a+b"), within(1e-4));
        assertThat(elbo.loss()).isCloseTo(elbo.rec() + 0.5 * kl, within(1e-4));
    }

    @Test
    void reconstructionIsTheDistanceFromMidGrey() {
        assertThat(evaluation.reconstruction().stream().map(r -> r.modality() + " from " + r.posterior()))
                .containsExactly("a from a", "a from a+b", "b from b", "b from a+b");
        double sum = 0;
        int[] all = IntStream.range(0, 12).toArray();
        for (float x : Pictures.floats(TinyModel.TEST_B, all, 0, 12)) sum += (x - 0.5) * (x - 0.5);
        Evaluation.Reconstruction b = evaluation.reconstruction().get(2);
        assertThat(b.images()).as("each of 12 images once, though in 21 pairs").isEqualTo(12);
        assertThat(b.squaredError()).isCloseTo(sum / 12, within(1e-4));
        assertThat(b.meanSquaredError()).isCloseTo(sum / 12 / B_PIXELS, within(1e-6));
        assertThat(b.psnr()).isCloseTo(-10 * Math.log10(sum / 12 / B_PIXELS), within(1e-4));
        assertThat(b.ssim()).isNull();
        assertThat(evaluation.reconstruction().get(3).squaredError()).isCloseTo(b.squaredError(), within(1e-6));
    }

    @Test
    void judgesStandBesideEveryCoherence() {
        assertThat(evaluation.judges().stream().map(judge -> judge.judge() + " of " + judge.modality()))
                .containsExactly("b of a", "b of b", "a of a", "a of b");
        assertThat(evaluation.judges()).allSatisfy(judge -> {
            assertThat(judge.accuracy().value()).isEqualTo(1);
            assertThat(judge.accuracy().perClass()).hasSize(4);
        });
        assertThat(evaluation.judges().get(0).accuracy().n()).isEqualTo(21);
        assertThat(evaluation.coherence()).allSatisfy(c -> {
            assertThat(c.judged().stream().map(Evaluation.Judged::judge)).containsExactly("b", "a");
            assertThat(c.judged())
                    .allSatisfy(by -> assertThat(by.judgeAccuracy()).isEqualTo(1));
        });
    }

    /** Each judge reads each image: a judge that is wrong stands beside one that is right, with its own ceiling. */
    @Test
    void eachKindReadsForItself() {
        JudgeSettings untrained = TinyJudges.settings(1, 3, List.of(2), 2);
        Judges weak = Judges.of(TinyModel.TRAIN.stream()
                .map(set -> Judge.train(backend, set, untrained, (step, steps, loss) -> {}, () -> false))
                .toList());
        Evaluation both = evaluator(List.of(judges.get(0), weak)).evaluate((phase, done, total) -> {}, () -> false);
        assertThat(both.judges().get(0)).isEqualTo(evaluation.judges().get(0));
        assertThat(both.judges().get(2).accuracy().value()).isLessThan(0.7);
        for (int i = 0; i < both.coherence().size(); i++) {
            Evaluation.Coherence row = both.coherence().get(i);
            assertThat(row.strong()).isEqualTo(evaluation.coherence().get(i).strong());
            int t = row.target().equals("a") ? 0 : 1;
            Accuracy ceiling = both.judges().get(2 + t).accuracy();
            assertThat(row.judged().get(1).judgeAccuracy()).isEqualTo(ceiling.value());
            int read = weak.ofModality().get(t).classify(grey(t == 0 ? A_PIXELS : B_PIXELS))[0];
            assertThat(row.judged().get(1).accuracy().perClass().get(read).value())
                    .isEqualTo(1);
        }
    }

    /** A model that always decodes the same grey is right for the one class that its judge reads in it, and has no spread. */
    @Test
    void coherenceOfACollapsedModelIsOneClass() {
        assertThat(evaluation.coherence().stream().map(c -> c.source() + c.target() + c.code()))
                .containsExactly(
                        "aasample",
                        "absample",
                        "basample",
                        "bbsample",
                        "absample, w from N(0, I)",
                        "aamean",
                        "abmean",
                        "bamean",
                        "bbmean");
        for (Evaluation.Coherence row : evaluation.coherence()) {
            int n = row.source().equals("a") ? 21 : 12;
            for (int j = 0; j < 2; j++) {
                int read = greyRead[j][row.target().equals("a") ? 0 : 1];
                int right = n / 4 + (read < n % 4 ? 1 : 0);
                Accuracy accuracy = row.judged().get(j).accuracy();
                assertThat(accuracy.n()).isEqualTo(n);
                assertThat(accuracy.correct()).as(row.toString()).isEqualTo(right);
                assertThat(accuracy.low()).isEqualTo(Confidence.wilson(right, n).low());
                assertThat(accuracy.macro()).isEqualTo(0.25);
                assertThat(accuracy.perClass().get(read).value()).isEqualTo(1);
                assertThat(accuracy.confusion().get((read + 1) % 4).get(read)).isPositive();
            }
            assertThat(row.varianceRatio()).isCloseTo(0, within(1e-9));
            assertThat(row.gradientRatio()).isCloseTo(0, within(1e-9));
        }
    }

    @Test
    void jointCoherenceShowsCollapseWhateverTheSampler() {
        assertThat(evaluation.jointCoherence().stream().map(Evaluation.JointCoherence::sampler))
                .containsExactly("N(0, I)", "fitted mixture", "aggregate posterior");
        evaluation.jointCoherence().forEach(EvaluatorTest::isCollapsed);
    }

    private static void isCollapsed(Evaluation.JointCoherence joint) {
        assertThat(joint.samples()).isEqualTo(30);
        assertThat(joint.maxEntropy()).isCloseTo(Math.log(4), within(1e-12));
        for (int j = 0; j < 2; j++) {
            Evaluation.Agreement read = joint.judged().get(j);
            assertThat(read.judge()).isEqualTo(List.of("b", "a").get(j));
            assertThat(read.agreement()).isEqualTo(greyRead[j][0] == greyRead[j][1] ? 1 : 0);
            assertThat(read.classEntropy()).containsEntry("a", 0.0).containsEntry("b", 0.0);
            assertThat(read.classCounts().get("b").get(greyRead[j][1])).isEqualTo(30);
        }
    }

    /** All decoded images are one, so the covariances' part is the trace of the real features' covariance. */
    @Test
    void featureDistancesAreTheStrongJudges() {
        assertThat(evaluation.featureDistances().stream().map(d -> d.judge() + ": " + d.source() + d.target()))
                .containsExactly(
                        "b: aa",
                        "b: ab",
                        "b: ba",
                        "b: bb",
                        "b: N(0, I)a",
                        "b: N(0, I)b",
                        "b: fitted mixturea",
                        "b: fitted mixtureb",
                        "b: aggregate posteriora",
                        "b: aggregate posteriorb");
        assertThat(evaluation.featureDistances().stream().map(d -> d.distance().generated()))
                .containsExactly(21, 12, 12, 12, 21, 12, 21, 12, 21, 12);
        Classifier judge = judges.get(0).ofModality().get(0);
        float[] decoded = judge.read(grey(A_PIXELS)).features();
        int[] all = IntStream.range(0, 21).toArray();
        float[] real = judge.read(Pictures.floats(TinyModel.TEST_A, all, 0, 21)).features();
        double meanTerm = 0;
        double trace = 0;
        for (int d = 0; d < 16; d++) {
            double mean = 0;
            for (int i = 0; i < 21; i++) mean += real[i * 16 + d] / 21.0;
            for (int i = 0; i < 21; i++) trace += (real[i * 16 + d] - mean) * (real[i * 16 + d] - mean) / 20;
            meanTerm += (decoded[d] - mean) * (decoded[d] - mean);
        }
        FrechetDistance distance = evaluation.featureDistances().get(0).distance();
        assertThat(distance.meanTerm()).isCloseTo(meanTerm, within(1e-6 * meanTerm));
        assertThat(distance.covarianceTerm()).isCloseTo(trace, within(1e-4 * trace));
        assertThat(evaluation.featureDistances().get(0).realHalves())
                .isEqualTo(FrechetDistance.betweenHalves(Points.of(real, 21, 16), 3));
        assertThat(evaluation.featureDistances().get(1).realHalves().real()).isEqualTo(6);
    }

    /** Only b has a private code; of the one class that its judge reads, an image follows whichever code has it. */
    @Test
    void swappedCodesOfACollapsedModelFollowAsOftenAsTheClassOccurs() {
        assertThat(evaluation.swaps().stream().map(swap -> swap.modality() + swap.judge()))
                .containsExactly("bb", "ba");
        TestPairs pairs = new TestPairs(TinyModel.TEST, SharedClasses.of(TinyModel.TEST), 3, 100);
        int[] labels = pairs.labels(pairs.firstUses(1));
        int[] partners = CodeSwap.partners(labels, 3);
        for (int j = 0; j < 2; j++) {
            CodeSwap swap = evaluation.swaps().get(j);
            int read = greyRead[j][1];
            long followed =
                    Arrays.stream(partners).filter(i -> labels[i] == read).count();
            assertThat(swap.followsPrivate()).isEqualTo(Confidence.wilson(followed, 12));
            assertThat(swap.shared().n()).isEqualTo(12);
            assertThat(swap.shared().correct()).isEqualTo(3);
            assertThat(swap.shared().perClass().get(read).value()).isEqualTo(1);
        }
    }

    /** The mixture is no part of the weights: one that is not there is left out. */
    @Test
    void withoutAFittedSamplerTheOthersStay() {
        Evaluator.Subject subject =
                new Evaluator.Subject(TinyModel.zero(backend), TinyModel.ELBO, 0.5, 0.25, WEIGHTS, null);
        Evaluation plain = new Evaluator(
                        backend, subject, SETS, judges, new Evaluator.Settings(100, 100, 30, LIKELIHOOD, 8, 3, 1))
                .evaluate((phase, done, total) -> {}, () -> false);
        assertThat(plain.jointCoherence())
                .containsExactly(
                        evaluation.jointCoherence().get(0),
                        evaluation.jointCoherence().get(2));
    }

    /** All means are equal, so the five nearest are the first five training codes and one class wins; so it does in the probe. */
    @Test
    void equalCodesAreOneClassToEveryReader() {
        List<CodeAccuracy> means = evaluation.codes().stream()
                .filter(row -> row.code().equals("mean"))
                .toList();
        assertThat(means.stream().map(c -> c.part() + ": " + c.tested() + " by " + c.fitted()))
                .containsExactly(
                        "shared: a+b by a+b",
                        "shared: a by a",
                        "shared: b by a",
                        "shared: a by b",
                        "shared: b by b",
                        "private: b by b");
        assertThat(means.stream().map(CodeAccuracy::trainCodes)).containsExactly(40, 40, 40, 28, 28, 28);
        assertThat(means.stream().map(c -> c.probe().n())).containsExactly(21L, 21L, 12L, 21L, 12L, 12L);
        assertThat(means).allSatisfy(c -> {
            assertThat(c.neighbours().macro()).isEqualTo(0.25);
            assertThat(c.probe().macro()).isEqualTo(0.25);
            assertThat(c.chance()).isEqualTo(c.probe().n() == 21 ? 6 / 21.0 : 0.25);
        });
        assertThat(evaluation.codes().stream().filter(c -> c.code().equals("sample")))
                .hasSize(6)
                .anySatisfy(c -> assertThat(c.neighbours().macro()).isNotEqualTo(0.25));
    }

    /** Equal codes are as good as shuffled ones. */
    @Test
    void equalCodesFindWhatChanceFinds() {
        assertThat(evaluation.retrieval().stream().map(r -> r.source() + " among " + r.target()))
                .containsExactly("a among b", "b among a");
        Retrieval ranking = evaluation.retrieval().get(0).ranking();
        assertThat(ranking.queries()).isEqualTo(21);
        assertThat(ranking.gallery()).isEqualTo(12);
        assertThat(ranking.chance()).isCloseTo(0.25, within(1e-12));
        assertThat(ranking.recall().get(0).share().estimate())
                .as("one code is everybody's nearest")
                .isIn(6 / 21.0, 5 / 21.0);
    }

    /** Blur leaves grey as it is, up to rounding; real images are changed alike, and each counts once. */
    @Test
    void changedCopiesAreJudgedBesideReal() {
        assertThat(evaluation.disturbed().stream()
                        .map(d ->
                                d.source() + d.target() + " " + d.disturbance().name()))
                .containsExactly(
                        "aa blurred",
                        "ab blurred",
                        "ba blurred",
                        "bb blurred",
                        "aa noised",
                        "ab noised",
                        "ba noised",
                        "bb noised");
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 2; j++)
                assertThat(evaluation.disturbed().get(i).judged().get(j).accuracy())
                        .isEqualTo(evaluation.coherence().get(i).judged().get(j).accuracy());
        }
        int[] all = IntStream.range(0, 12).toArray();
        float[] real = Pictures.floats(TinyModel.TEST_B, all, 0, 12);
        float[] blurred = Disturbance.STANDARD.get(1).apply(real, Shape.of(12, 3, 8, 8), 3, 0);
        for (int j = 0; j < 2; j++) {
            int[] read = judges.get(j).ofModality().get(1).classify(blurred);
            double right = 0;
            for (int n = 0; n < 12; n++) if (read[n] == TinyModel.TEST_B.labels()[n]) right++;
            for (int way : new int[] {1, 3})
                assertThat(evaluation.disturbed().get(way).judged().get(j).judgeAccuracy())
                        .isEqualTo(right / 12);
        }
    }

    /**
     * Every sample decodes as mid grey, so that the translation's density is in closed form, and the weights of the others differ
     * by p(s)/q(s) alone, whose mean is 1.
     */
    @Test
    void logLikelihoodsAreThoseOfMidGrey() {
        assertThat(evaluation.logLikelihoods().stream().map(l -> l.form() + " " + l.of() + ", n = " + l.images()))
                .containsExactly(
                        "joint a+b, n = 14",
                        "marginal a, n = 14",
                        "marginal b, n = 12",
                        "conditional b|a, n = 14",
                        "conditional a|b, n = 12");
        double sum = 0;
        for (float x : Pictures.floats(TinyModel.TEST_B, IntStream.range(0, 12).toArray(), 0, 12))
            sum += (x - 0.5) * (x - 0.5) + Math.log(Math.PI) / 2;
        LogLikelihood marginal = evaluation.logLikelihoods().get(2);
        assertThat(marginal.density()).isEqualTo("Gaussian, σ = 0.7071");
        assertThat(marginal.mean()).isCloseTo(-sum / 12, within(0.1));
        assertThat(marginal.effectiveSamples()).isBetween(50.0, 199.0);
        LogLikelihood conditional = evaluation.logLikelihoods().get(4);
        assertThat(conditional.density()).as("in place of Bernoulli").isEqualTo("Laplace, b = 0.75");
        assertThat(conditional.effectiveSamples()).isCloseTo(200, within(1e-6));
        double[] bounds = greyDensities();
        assertThat(conditional.mean()).isBetween(bounds[0], bounds[1]);
        assertThat(evaluation.logLikelihoods().get(0).density())
                .isEqualTo("a Laplace, b = 0.75; b Gaussian, σ = 0.7071");
    }

    /** Least and largest log-density under Laplace b = 0.75 that an image of a has around mid grey. */
    private static double[] greyDensities() {
        double[] bounds = {0, Double.NEGATIVE_INFINITY};
        for (int n = 0; n < 21; n++) {
            double sum = 0;
            for (float x : Pictures.floats(TinyModel.TEST_A, new int[] {n}, 0, 1))
                sum -= Math.abs(x - 0.5) / 0.75 + Math.log(1.5);
            bounds[0] = Math.min(bounds[0], sum);
            bounds[1] = Math.max(bounds[1], sum);
        }
        return bounds;
    }

    @Test
    void imagesBelowTheWindowHaveNoDiversity() {
        assertThat(evaluation.diversity()).isEmpty();
    }

    @Test
    void jsonIsReadBackAsItWas() {
        String json = evaluation.toJson();
        assertThat(json)
                .contains("\"joint_coherence\"", "\"judge_accuracy\"", "\"beta_private\" : 0.25")
                .doesNotContain("NaN");
        assertThat(Evaluation.fromJson(json)).isEqualTo(evaluation);
        assertThatThrownBy(() -> Evaluation.fromJson(json.replaceFirst("\"version\" : 5", "\"version\" : 9")))
                .isInstanceOf(DuetException.class)
                .hasMessage("evaluation: expected version 5, got 9; run duet eval again");
        assertThatThrownBy(() -> Evaluation.fromJson("{")).hasMessageStartingWith("evaluation: not readable (");
    }

    @Test
    void whatIsMissingOrNullIsRefused() {
        String json = evaluation.toJson();
        assertThatThrownBy(() -> Evaluation.fromJson("null"))
                .hasMessage("evaluation: expected version 5, got none; run duet eval again");
        for (String damaged : List.of(
                json.replace("\"weights\"", "\"w\""),
                json.replaceFirst("(?s)\"weights\" : \\{.*?}", "\"weights\" : null"),
                json.replaceFirst("\"name\" : \"a\"", "\"name\" : null"),
                json.replaceFirst("\"judges\" : \\[", "\"judges\" : [null,"),
                json.replaceFirst("(?s)\"judged\" : \\[.*?\\} \\]", "\"judged\" : []"))) {
            assertThat(damaged).isNotEqualTo(json);
            assertThatThrownBy(() -> Evaluation.fromJson(damaged))
                    .isInstanceOf(DuetException.class)
                    .hasMessageStartingWith("evaluation: not readable (");
        }
    }

    @Test
    void damagedEvaluationsOnlyEverGiveDuetExceptions(@TempDir Path dir) throws IOException {
        byte[] good = evaluation.toJson().getBytes(StandardCharsets.UTF_8);
        int refused = Mutations.fuzz(good, dir.resolve("fuzz.json"), 7, 600, file -> {
            String json = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            EvaluationTable.of(Evaluation.fromJson(json));
        });
        assertThat(refused).isBetween(300, 599);
    }

    /** Others script against these. */
    @Test
    void jsonKeysAreStable() {
        Set<String> keys = new TreeSet<>();
        Matcher matcher = Pattern.compile("\"([^\"]+)\" :").matcher(evaluation.toJson());
        while (matcher.find()) keys.add(matcher.group(1));
        assertThat(keys).containsExactlyInAnyOrder("""
                        version conditions weights step crc32 split pairs seed private_codes classes domains name used left_out
                        elbo loss rec kl beta beta_private terms kl/a+b kl_private/a kl_private/b nll/a|a+b nll/b|a+b
                        judges judge judged modality accuracy n correct value low high macro per_class confusion
                        coherence source target code judge_accuracy variance_ratio gradient_ratio
                        feature_distances distance real_halves mean_term covariance_term generated real width
                        swaps shared follows_private successes trials estimate
                        joint_coherence sampler samples agreement class_entropy max_entropy class_counts a b
                        reconstruction posterior images squared_error mean_squared_error psnr psnr_per_image ssim
                        codes part fitted tested k train_codes chance neighbours probe
                        retrieval ranking metric queries gallery recall share
                        mean_reciprocal_rank mean_average_precision median_rank diversity disturbed disturbance blur noise
                        log_likelihoods form of density mean standard_error effective_samples""".split("\\s+"));
    }

    @Test
    void theTableShowsWhatTheRecordHolds() {
        String table = EvaluationTable.of(evaluation);
        assertThat(table).startsWith("Test files: 21 label-matched pairs (21 of 21 a; 12 of 12 b), seed 3\n");
        assertThat(table.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120))
                .noneMatch(line -> line.endsWith(" "));
        assertThat(table.lines().map(line -> line.replaceAll(" +", " ")))
                .contains(
                        " kl/a+b 0.65",
                        " a from a+b 21 10.32 0.16123 7.93 –",
                        String.format(
                                Locale.ROOT,
                                " conditional a|b 12 %.2f %.2f 200.0 Laplace, b = 0.75",
                                evaluation.logLikelihoods().get(4).mean(),
                                evaluation.logLikelihoods().get(4).standardError()),
                        " mean, b by a 12 25.0 [ 8.9, 53.2] 25.0 25.0 [ 8.9, 53.2] 25.0 25.0 40, 5",
                        " private mean, b 12 25.0 [ 8.9, 53.2] 25.0 25.0 [ 8.9, 53.2] 25.0 25.0 28, 5",
                        " B of a 21 100.0 [ 84.5, 100.0] 100.0 nw: 100.0",
                        " b → a, mean 12 25.0 [ 8.9, 53.2] 25.0 100.0 25.0 100.0 0.00 0.00",
                        " entropy of the classes that B reads, nats: a 0.00, b 0.00 of at most 1.39");
    }

    /** A judge that knows classes besides the shared ones has a column for these, with a heading. */
    @Test
    void confusionsWithOtherClassesHaveAHeadingForThem() {
        assertThat(headings(evaluation.toJson())).hasSize(2).noneMatch(line -> line.endsWith("else"));
        String others = evaluation.toJson().replaceAll("(\"confusion\" : \\[ \\[ \\d+, \\d+, \\d+, \\d+)", "$1, 7");
        assertThat(headings(others)).hasSize(2).allMatch(line -> line.endsWith(" else"));
    }

    private static List<String> headings(String json) {
        return EvaluationTable.of(Evaluation.fromJson(json))
                .lines()
                .filter(line -> line.contains(" → ") && line.contains(", read as "))
                .toList();
    }

    @Test
    void longNamesMoveTheColumnsOfTheirWholeBlock() {
        String json = evaluation.toJson().replace("\"a+b\"", "\"handwriting+housenumbers\"");
        List<String> table =
                EvaluationTable.of(Evaluation.fromJson(json)).lines().toList();
        String longest = "  a from handwriting+housenumbers ";
        assertThat(table)
                .contains("Reconstruction" + " ".repeat(longest.length() - 13)
                        + "n       squared error   per pixel   PSNR dB   SSIM")
                .contains(longest + "     21           10.32     0.16123      7.93      –");
        List<Integer> ends = table.stream()
                .filter(line -> line.matches(".* (40|28), 5"))
                .map(line -> line.indexOf('['))
                .toList();
        assertThat(ends).hasSize(12).containsOnly(ends.get(0));
    }

    /** The CRC-32 of 1.0f and −2.0f, little-endian: bytes 00 00 80 3f 00 00 00 c0. */
    @Test
    void weightsAreKnownByTheirStepAndTheirBits() {
        Evaluation.Weights weights = weights(1, -2);
        assertThat(weights).isEqualTo(new Evaluation.Weights(12, "c3872656"));
        assertThat(weights(1, -2.0000002f)).isNotEqualTo(weights);
    }

    private static Evaluation.Weights weights(float... values) {
        List<Checkpoint.Tensor> one = List.of(new Checkpoint.Tensor("w", Shape.of(2), values));
        return Evaluation.Weights.of(
                new Checkpoint(one, one, one, new Checkpoint.Progress(12, 1, 0, 12, 0, Map.of(), 1, 1)));
    }

    /** Of a model whose every image is another, so that a sum in another order would show. */
    @Test
    void threadsDoNotChangeABit() {
        Evaluation alone = evaluateOnCpu(1);
        assertThat(evaluateOnCpu(2)).isEqualTo(alone);
        assertThat(evaluateOnCpu(4)).isEqualTo(alone);
    }

    private static Evaluation evaluateOnCpu(int threads) {
        try (Backend cpu = new CpuBackend(threads)) {
            List<Judges> own = TinyModel.kinds(cpu);
            Evaluator.Subject subject =
                    new Evaluator.Subject(TinyModel.random(cpu, 5), TinyModel.ELBO, 0.5, 0.25, WEIGHTS, SAMPLER);
            Evaluator.Settings settings = new Evaluator.Settings(100, 100, 30, LIKELIHOOD, 8, 3, threads);
            return new Evaluator(cpu, subject, SETS, own, settings).evaluate((phase, done, total) -> {}, () -> false);
        }
    }

    @Test
    void stopsWhenTold() {
        int[] calls = {0};
        assertThatThrownBy(() -> evaluator(judges).evaluate((phase, done, total) -> calls[0]++, () -> calls[0] >= 5))
                .isInstanceOf(CancellationException.class)
                .hasMessage("evaluation: stopped at posterior means");
    }

    @Test
    void aJudgeOfOtherImagesIsRefused() {
        List<Classifier> right = judges.get(0).ofModality();
        Judges swapped = Judges.of(List.of(right.get(1), right.get(0)));
        assertThatThrownBy(() -> evaluator(List.of(judges.get(0), swapped)))
                .hasMessage("judge of b: expected one for images of (C,H,W) (1,8,8) like the model's, got (3,8,8);"
                        + " train it on the run's own training set");
    }
}
