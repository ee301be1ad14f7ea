package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.duet.backend.Backend;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.RandomValues;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.data.ImageSet;
import dev.duet.model.Initialiser;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.run.Blueprint;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import dev.duet.train.BatchPlan;
import dev.duet.train.Inputs;
import dev.duet.train.TrainStep;
import dev.duet.train.TrainingData;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps of a narrow model on the simulated GPU, beside the CPU. */
class CudaTrainingTest {
    private static final int BATCH = 8;
    private static final int STEPS = 20;

    @AfterEach
    void theGpuSawNothingWrong() {
        CudaVariants.assertNoFaults();
    }

    /** The demo's structure, 23 steps of 8 pairs an epoch and a rest. */
    static RunConfig narrow() {
        return RunConfig.preset("demo")
                .with("data.synthetic_count", "200")
                .with("modality.0.size", "8")
                .with("modality.1.size", "8")
                .with("model.widths", "[4, 4]")
                .with("model.latent", "3")
                .with("train.batch", Integer.toString(BATCH))
                .withEpochs(1);
    }

    /** A model with its data on a backend, for steps by hand. */
    private static final class Rig {
        final Backend backend;
        final JointVae vae;
        final Elbo elbo;
        final Inputs inputs;
        final BatchPlan plan;
        final int[][] pairs; // (M, N)

        Rig(Backend backend, RunConfig config) {
            this.backend = backend;
            List<ImageSet> sets = ConfiguredSets.train(config, line -> {});
            TrainingData data = TrainingData.of(config, sets);
            Blueprint blueprint = Blueprint.of(config);
            vae = new JointVae(backend, blueprint.model(), blueprint.latent(), backend.shards(BATCH));
            elbo = blueprint.elbo();
            inputs = Inputs.resident(backend, data.sets(), BATCH);
            plan = new BatchPlan(backend, vae, elbo, inputs, BATCH, TrainStep.Mode.TRAIN);
            pairs = data.pairing().epoch(0);
            Initialiser.uniform(vae.parameters(), config.seed());
            backend.scalars().seed = config.seed();
        }

        void step(int step) {
            inputs.select(pairs, step * BATCH % (pairs[0].length - BATCH), BATCH);
            backend.scalars().step = step;
            backend.scalars().adamStep = step + 1;
            backend.scalars().beta = Math.min(1, step / 10f);
            plan.step();
        }

        /** The terms (K) of each of the first steps. */
        List<double[]> train(int steps) {
            List<double[]> terms = new ArrayList<>();
            for (int step = 0; step < steps; step++) {
                step(step);
                terms.add(new double[elbo.terms()]);
                plan.addTermsTo(terms.get(step));
            }
            return terms;
        }

        List<float[]> values(Slot slot) {
            ParameterBuffer parameters = vae.parameters();
            List<float[]> values = new ArrayList<>();
            for (int i = 0; i < parameters.specs().size(); i++) values.add(parameters.read(slot, i));
            return values;
        }
    }

    @Test
    void everyTermOfEachStepIsTheCpus() {
        List<double[]> expected;
        List<String> names;
        try (Backend backend = new CpuBackend(1)) {
            Rig rig = new Rig(backend, narrow());
            expected = rig.train(STEPS);
            names = rig.elbo.names();
        }
        try (Backend backend = CudaVariants.separate(Precision.FP32)) {
            List<double[]> actual = new Rig(backend, narrow()).train(STEPS);
            double largest = 0;
            for (int step = 0; step < STEPS; step++) {
                for (int k = 0; k < names.size(); k++) {
                    double error = Math.abs(actual.get(step)[k] - expected.get(step)[k]);
                    double relative = expected.get(step)[k] == 0 ? error : error / Math.abs(expected.get(step)[k]);
                    assertThat(relative)
                            .as("term %s of step %d", names.get(k), step)
                            .isLessThanOrEqualTo(1e-4);
                    largest = Math.max(largest, relative);
                }
            }
            assertThat(largest)
                    .as("largest error; 0 would mean that nothing was compared")
                    .isPositive();
        }
    }

    /** In an arena or apart, from a graph or op by op, with branches or in one line, waiting or not, threads first to last or last to first: the same bits. */
    @Test
    void howStepsAreRunDoesNotChangeABit() {
        List<float[]> expected = trained(CudaVariants.arena(Precision.FP32));
        for (CudaBackend backend : List.of(
                CudaVariants.separate(Precision.FP32),
                new CudaBackend(CudaVariants.with(false, false)),
                new CudaBackend(CudaVariants.branching(Precision.FP32, true, false)),
                new CudaBackend(CudaVariants.with(true, false)))) {
            List<float[]> actual = trained(backend);
            for (int i = 0; i < expected.size(); i++) assertThat(actual.get(i)).containsExactly(expected.get(i));
        }
        SimCuda.set("order", "reverse");
        try {
            List<float[]> actual = trained(CudaVariants.arena(Precision.FP32));
            for (int i = 0; i < expected.size(); i++) assertThat(actual.get(i)).containsExactly(expected.get(i));
        } finally {
            SimCuda.set("order", "");
        }
    }

    private static List<float[]> trained(CudaBackend opened) {
        try (CudaBackend backend = opened) {
            Rig rig = new Rig(backend, narrow());
            rig.train(6);
            return rig.values(Slot.VALUE);
        }
    }

    /** bfloat16 rounds each product to 3 digits, which in a few steps does not lead astray. */
    @Test
    void bfloat16TrainsAlike() {
        try (Backend exact = CudaVariants.arena(Precision.FP32);
                Backend rounded = CudaVariants.separate(Precision.BF16)) {
            double[] expected = losses(exact);
            double[] actual = losses(rounded);
            assertThat(expected[1]).as("the loss falls by more than 5 %").isLessThan(0.95 * expected[0]);
            assertThat(actual[1]).isCloseTo(expected[1], org.assertj.core.api.Assertions.withinPercentage(1));
        }
    }

    /** Of the first step and the last, with β = 1, when learning fast. */
    private static double[] losses(Backend backend) {
        Rig rig = new Rig(backend, narrow());
        backend.scalars().learningRate = 1e-2f;
        List<double[]> terms = rig.train(STEPS);
        return new double[] {rig.elbo.loss(terms.get(0), 1, 1), rig.elbo.loss(terms.get(STEPS - 1), 1, 1)};
    }

    /** Adam writes the copy that products read, first op by op and then from the graph; refreshing makes it anew. */
    @Test
    void theCopyInBfloat16IsTheRoundedValues() {
        try (CudaBackend backend = CudaVariants.separate(Precision.BF16)) {
            Rig rig = new Rig(backend, narrow());
            assertCopied(backend, rig.vae.parameters());
            for (int step = 0; step < 4; step++) {
                List<float[]> before = rig.values(Slot.VALUE);
                rig.step(step);
                assertThat(rig.values(Slot.VALUE).get(0)).as("step %d", step).isNotEqualTo(before.get(0));
                assertCopied(backend, rig.vae.parameters());
            }
            List<float[]> values = rig.values(Slot.VALUE);
            for (int i = 0; i < values.size(); i++) {
                for (int j = 0; j < values.get(i).length; j++) values.get(i)[j] *= -3;
                rig.vae.parameters().write(Slot.VALUE, i, values.get(i));
            }
            rig.vae.parameters().refresh();
            assertCopied(backend, rig.vae.parameters());
        }
    }

    private static void assertCopied(Backend backend, ParameterBuffer parameters) {
        for (int i = 0; i < parameters.specs().size(); i++) {
            CudaTensor value = CudaTensor.of(parameters.variable(i, 0).value());
            CudaTensor copy = new CudaTensor(
                    value.name(), value.shape(), value.copy(), CudaTensor.Type.BF16, value.memoryIndex(), 0);
            float[] actual = new float[value.shape().size()];
            backend.read(copy, actual);
            assertThat(actual)
                    .as("copy of %s", value)
                    .containsExactly(RandomValues.bfloat16(parameters.read(Slot.VALUE, i)));
        }
    }

    @Test
    void aStepAllocatesNothingOnTheHeap() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (boolean graphs : new boolean[] {true, false}) {
            try (CudaBackend backend = new CudaBackend(CudaVariants.with(false, graphs))) {
                Rig rig = new Rig(backend, narrow());
                double[] sums = new double[rig.elbo.terms()];
                long none = 0;
                long[] bytes = new long[50];
                for (int step = 0; step < 50; step++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    rig.step(step);
                    rig.plan.addTermsTo(sums);
                    bytes[step] = threads.getCurrentThreadAllocatedBytes() - before;
                    if (step >= 20 && bytes[step] == 0) none++;
                }
                assertThat(none)
                        .as(
                                "of 30 warm steps those that allocate nothing, graphs: %s: %s",
                                graphs, Arrays.toString(bytes))
                        .isGreaterThanOrEqualTo(29);
            }
        }
    }

    /** The host waits for no step's terms before it gives the next: 16 go ahead, and their results are those of one by one. */
    @Test
    void stepsInFlightGiveTheSameTerms() {
        List<double[]> expected;
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            expected = new Rig(backend, narrow()).train(12);
        }
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            Rig rig = new Rig(backend, narrow());
            for (int step = 0; step < 12; step++) rig.step(step);
            for (int step = 0; step < 12; step++) {
                double[] terms = new double[rig.elbo.terms()];
                rig.plan.addTermsTo(terms);
                assertThat(terms).as("step %d", step).containsExactly(expected.get(step));
            }
        }
    }

    /** What a device writes it reads back to the bit, and so does the other. */
    @Test
    void parametersAreTheSameOnBothDevices() {
        try (Backend gpu = CudaVariants.arena(Precision.BF16);
                Backend cpu = new CpuBackend(1)) {
            Rig trained = new Rig(gpu, narrow());
            trained.train(2);
            Rig other = new Rig(cpu, narrow());
            for (Slot slot : List.of(Slot.VALUE, Slot.ADAM_M, Slot.ADAM_V)) {
                List<float[]> values = trained.values(slot);
                for (int i = 0; i < values.size(); i++) other.vae.parameters().write(slot, i, values.get(i));
                List<float[]> copies = other.values(slot);
                for (int i = 0; i < values.size(); i++)
                    assertThat(copies.get(i)).containsExactly(values.get(i));
            }
        }
    }
}
