package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.duet.backend.Backend;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.data.ImageSet;
import dev.duet.data.LabPairing;
import dev.duet.data.LabelledSubset;
import dev.duet.model.JointVae;
import dev.duet.run.Blueprint;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lab's training against the libtorch peer: the same initial weights and the same batches for three epochs of 60,000 pairs;
 * only the noise differs. What the noise alone does to the first epoch's loss is about 1 %, so the mean over three noise seeds
 * is compared. Takes some minutes, so only {@code mvn -Ppeer test -Dtest=LabParityTest} runs it, with DUET_PEER and
 * DUET_TEST_DATA.
 */
class LabParityTest {
    private static final int EPOCHS = 3;
    private static final int NOISE_SEEDS = 3;
    private static final Pattern EPOCH_LINE = Pattern.compile("epoch \\d+ train_loss=([0-9.]+) .*");

    @TempDir
    private Path folder;

    @Test
    void lossPerEpochIsThePeers() throws Exception {
        assumeTrue(
                Boolean.getBoolean("duet.peer"), "training beside the peer was not asked for: use the profile 'peer'");
        String peers = System.getenv("DUET_PEER");
        String data = System.getenv("DUET_TEST_DATA");
        assumeTrue(peers != null && data != null, "training beside the peer needs DUET_PEER and DUET_TEST_DATA");
        Path init = folder.resolve("init");
        List<Double> theirs = new ArrayList<>();
        for (String line : GoldenPeer.run(
                Path.of(peers), folder.resolve("log"), "train", data, EPOCHS + "", "fp32cl", "1", init.toString())) {
            Matcher epoch = EPOCH_LINE.matcher(line);
            if (epoch.matches()) theirs.add(Double.valueOf(epoch.group(1)));
        }
        assertThat(theirs).hasSize(EPOCHS);
        double[] mean = new double[EPOCHS];
        for (int seed = 1; seed <= NOISE_SEEDS; seed++) {
            List<Double> ours = train(Path.of(data), GoldenPeer.read(init), seed);
            System.out.println("noise seed " + seed + ": peer " + theirs + ", Duet " + ours);
            for (int e = 0; e < EPOCHS; e++) mean[e] += ours.get(e) / NOISE_SEEDS;
        }
        for (int e = 0; e < EPOCHS; e++) assertThat(mean[e]).isCloseTo(theirs.get(e), withinPercentage(1));
    }

    private List<Double> train(Path dataFolder, GoldenPeer init, int seed) throws Exception {
        RunConfig config = RunConfig.preset("lab")
                .with("data.dir", dataFolder.toString())
                .with("seed", seed + "")
                .withEpochs(EPOCHS);
        List<ImageSet> sets = ConfiguredSets.train(config, System.out::println);
        TrainingData plain = TrainingData.of(config, sets);
        List<LabelledSubset> all =
                sets.stream().map(set -> LabelledSubset.all(set.labels())).toList();
        TrainingData data = new TrainingData(
                sets,
                new LabPairing(all, LabParityTest::peerOrder),
                plain.validationSets(),
                plain.validationPairs(),
                false);
        RunFolder run = new RunFolder(folder.resolve("run" + seed));
        Files.createDirectories(run.root());
        List<Double> losses = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void epoch(EpochReport report) {
                System.out.println(report.line());
                losses.add(report.trainLoss());
            }
        };
        try (Backend backend = new CpuBackend(2);
                TrainingLog log = TrainingLog.open(run, 0)) {
            Blueprint blueprint = Blueprint.of(config);
            JointVae vae = new JointVae(
                    backend,
                    blueprint.model(),
                    blueprint.latent(),
                    backend.shards(config.train().batch()));
            new Trainer(
                            config,
                            backend,
                            vae,
                            0,
                            data,
                            new CheckpointStore(run, System.out::println),
                            log,
                            listener,
                            () -> false)
                    .startFrom(checkpoint(vae, init));
        }
        return losses;
    }

    /** The peer shuffles one list on and on, in epoch e (from 1) with java.util.Random(e). */
    private static int[] peerOrder(int epoch) {
        Integer[] order = new Integer[60_000];
        Arrays.setAll(order, i -> i);
        for (int e = 1; e <= epoch + 1; e++) Collections.shuffle(Arrays.asList(order), new Random(e));
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }

    private static Checkpoint checkpoint(JointVae vae, GoldenPeer init) {
        List<Checkpoint.Tensor> values = new ArrayList<>();
        List<Checkpoint.Tensor> zeros = new ArrayList<>();
        for (ParameterSpec spec : vae.parameters().specs()) {
            values.add(new Checkpoint.Tensor(spec.name(), spec.shape(), init.floats("value/" + spec.name())));
            zeros.add(new Checkpoint.Tensor(
                    spec.name(), spec.shape(), new float[spec.shape().size()]));
        }
        Checkpoint.Progress start = new Checkpoint.Progress(0, 0, 0, 0, 0, Map.of(), 0, 1);
        return new Checkpoint(values, zeros, zeros, start);
    }
}
