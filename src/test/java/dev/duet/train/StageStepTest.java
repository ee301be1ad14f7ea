package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which rows, images and terms the steps of a stage see. */
class StageStepTest {
    /** Rounded to float when read. */
    private static final double TOLERANCE = 1e-5;

    private final Backend backend = new ReferenceBackend();

    private StageRig rig(StageObjective objective, TrainStep.Mode mode, int shards) {
        StageRig rig = new StageRig(backend, objective, mode, shards);
        for (TrainStep step : rig.steps) {
            step.forward();
            if (mode == TrainStep.Mode.TRAIN) step.backward();
        }
        return rig;
    }

    private float[] values(Tensor tensor) {
        float[] out = new float[tensor.shape().size()];
        backend.read(tensor, out);
        return out;
    }

    private double[] terms(StageRig rig) {
        double[] sums = null;
        for (TrainStep step : rig.steps) {
            float[] terms = values(step.terms());
            if (sums == null) sums = new double[terms.length];
            for (int k = 0; k < terms.length; k++) sums[k] += terms[k];
        }
        return sums;
    }

    private static void sameGradients(StageRig actual, StageRig expected, String prefix) {
        ParameterBuffer parameters = expected.vae.parameters();
        for (int i = 0; i < parameters.specs().size(); i++) {
            String name = parameters.specs().get(i).name();
            if (!name.startsWith(prefix)) continue;
            float[] whole = parameters.read(Slot.GRADIENT, i);
            float[] sum = actual.vae.parameters().read(Slot.GRADIENT, i);
            for (int j = 0; j < whole.length; j++) {
                double allowed = TOLERANCE * Math.max(1, Math.abs(whole[j]));
                assertThat((double) sum[j]).as(name).isCloseTo(whole[j], within(allowed));
            }
        }
    }

    /** Noise and augmentation are drawn by the row of the batch. */
    @Test
    void twoShardsAddUpToOneOnAugmentedImages() {
        StageObjective plain = StageRig.stage(0, 0, List.of(), true, false);
        StageObjective augmented = StageRig.stage(0, 0, List.of(), true, true);
        StageRig whole = rig(augmented, TrainStep.Mode.TRAIN, 1);
        StageRig shards = rig(augmented, TrainStep.Mode.TRAIN, 2);
        assertThat(terms(shards)).containsExactly(terms(whole), within(1e-3));
        sameGradients(shards, whole, "");
        assertThat(terms(rig(plain, TrainStep.Mode.TRAIN, 1))).isNotEqualTo(terms(whole));
    }

    /** Domain b is not perturbed, so its cycles draw by rows alone. */
    @Test
    void twoShardsCycleTheRowsOfOne() {
        StageObjective cycled = StageRig.stage(0, 2, List.of("decoder.b"), true, false);
        StageRig whole = rig(cycled, TrainStep.Mode.TRAIN, 1);
        StageRig shards = rig(cycled, TrainStep.Mode.TRAIN, 2);
        sameGradients(shards, whole, "decoder.b");
        int first = cycled.elbo().firstCycle(1);
        assertThat(terms(shards)[first]).isCloseTo(terms(whole)[first], within(TOLERANCE));
        assertThat(terms(whole)[first]).isGreaterThan(0.1);
    }

    /** Domain a has a private encoder of its own, whose codes reach its neighbour's cycles; shards of two rows are pairs. */
    @Test
    void swappedCodesAreConstantsOfPairsOfRows() {
        StageRig weak = rig(StageRig.swapping(2), TrainStep.Mode.TRAIN, 1);
        StageRig strong = rig(StageRig.swapping(4), TrainStep.Mode.TRAIN, 1);
        sameGradients(strong, weak, "private.a");
        assertThat(gradient(strong, "decoder.a.0.weight")).isNotEqualTo(gradient(weak, "decoder.a.0.weight"));
        assertThat(gradient(weak, "private.a.0.weight")).isNotEqualTo(new float[128]);
        StageRig shards = rig(StageRig.swapping(2), TrainStep.Mode.TRAIN, 2);
        sameGradients(shards, weak, "decoder.b");
        StageRig prior = rig(StageRig.Kind.DECODE.objective(), TrainStep.Mode.TRAIN, 1);
        int term = StageRig.swapping(2).elbo().names().indexOf("cycle/b|a");
        assertThat(terms(shards)[term]).isCloseTo(terms(weak)[term], within(TOLERANCE));
        assertThat(terms(prior)[term]).isNotCloseTo(terms(weak)[term], within(1e-3));
    }

    private static float[] gradient(StageRig rig, String name) {
        ParameterBuffer parameters = rig.vae.parameters();
        List<String> names =
                parameters.specs().stream().map(ParameterSpec::name).toList();
        return parameters.read(Slot.GRADIENT, names.indexOf(name));
    }

    @Test
    void encodersThatDoNotLearnSeeAugmentedImagesToo() {
        StageObjective plain = StageRig.stage(0, 0, List.of("decoder"), true, false);
        StageObjective augmented = StageRig.stage(0, 0, List.of("decoder"), true, true);
        assertThat(values(rig(augmented, TrainStep.Mode.TRAIN, 1).step.code(1)))
                .isNotEqualTo(values(rig(plain, TrainStep.Mode.TRAIN, 1).step.code(1)));
        assertThat(values(rig(augmented, TrainStep.Mode.EVALUATE, 1).step.code(1)))
                .isEqualTo(values(rig(plain, TrainStep.Mode.EVALUATE, 1).step.code(1)));
    }

    @Test
    void cyclesAreDecodedForTheirTermsAlone() {
        StageObjective objective = StageRig.Kind.DECODE.objective();
        int first = objective.elbo().firstCycle(0);
        assertThat(terms(rig(objective, TrainStep.Mode.EVALUATE, 1))[first]).isPositive();
        StageObjective plain = StageRig.stage(0, 0, List.of(), true, false);
        StageRig reconstructing = rig(objective, TrainStep.Mode.RECONSTRUCT, 1);
        assertThat(terms(reconstructing)[first]).isZero();
        for (int t = 0; t < 2; t++) {
            assertThat(reconstructing.step.mean(t).shape().get(0))
                    .isEqualTo(3 * StageRig.BATCH); // no cycles among them
            assertThat(values(reconstructing.step.mean(t)))
                    .isEqualTo(values(
                            rig(plain, TrainStep.Mode.RECONSTRUCT, 1).step.mean(t)));
        }
    }

    /** With frozen encoders the prior's cycles look for the noise itself, in the last block of each code. */
    @Test
    void thePriorsSamplesAreCycledToo() {
        StageRig rig = rig(StageRig.Kind.PRIOR.objective(), TrainStep.Mode.TRAIN, 1);
        float[] eps = values(rig.step.eps());
        int columns = eps.length / StageRig.BATCH;
        for (int t = 0; t < 2; t++) {
            Tensor code = rig.step.code(t);
            float[] codes = values(code);
            int width = code.shape().get(1);
            int first = code.shape().get(0) - StageRig.BATCH;
            for (int b = 0; b < StageRig.BATCH; b++)
                assertThat(Arrays.copyOfRange(codes, (first + b) * width, (first + b) * width + 3))
                        .containsExactly(Arrays.copyOfRange(eps, b * columns + 3, b * columns + 6));
        }
        int term = StageRig.Kind.PRIOR.objective().elbo().names().indexOf("cycle/b|prior");
        assertThat(terms(rig)[term]).isBetween(0.1, 2.0 * StageRig.BATCH);
        assertThat(named(StageRig.Kind.PRIOR)).contains("cycle/a|prior").doesNotContain("kl/prior");
    }

    @Test
    void aStageNamesTheTermsThatItComputes() {
        assertThat(named(StageRig.Kind.ALIGN))
                .contains("kl/a", "kl_private/a", "contrast/a+b")
                .noneMatch(name -> name.startsWith("nll/") || name.startsWith("cycle/"));
        assertThat(named(StageRig.Kind.DECODE))
                .contains("kl/a", "nll/a|b", "cycle/b|a")
                .noneMatch(name -> name.startsWith("contrast/"));
        assertThat(named(StageRig.Kind.ONE_DECODER))
                .noneMatch(name -> name.startsWith("contrast/") || name.startsWith("cycle/"));
    }

    private static Iterable<String> named(StageRig.Kind kind) {
        StageObjective objective = kind.objective();
        return objective.named(new double[objective.elbo().terms()], 1).keySet();
    }
}
