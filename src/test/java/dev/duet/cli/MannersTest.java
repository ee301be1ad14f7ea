package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.cli.SmallRun.Duet;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong is said in one sentence, and what is asked for quietly is done quietly. */
class MannersTest {
    @TempDir
    private static Path shared;

    private static Path trained;

    @TempDir
    private Path folder;

    @BeforeAll
    static void train() {
        trained = SmallRun.train(shared.resolve("trained"));
    }

    private Duet training(String... further) {
        return Duet.run(SmallRun.arguments(folder.resolve("new"), further).toArray(String[]::new));
    }

    /** A copy of the trained run, to be damaged. */
    private Path copy() throws IOException {
        Path copy = folder.resolve("copy");
        try (Stream<Path> files = Files.walk(trained)) {
            for (Path file : files.toList())
                Files.copy(file, copy.resolve(trained.relativize(file).toString()));
        }
        return copy;
    }

    private static void cut(Path file, long bytes) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(bytes);
        }
    }

    @Test
    void aRunThatIsNotThere() throws IOException {
        String nowhere = folder.resolve("nowhere").toString();
        for (String command : List.of("eval", "figures")) {
            Duet.run(command, nowhere).fails(1, nowhere + ": expected a run folder, found nothing; check the name");
        }
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Duet.run("eval", empty.toString()).fails(1, empty + ": expected a run folder with a config.toml, found none");
        Files.copy(trained.resolve("config.toml"), empty.resolve("config.toml"));
        Duet.run("eval", empty.toString()).fails(1, "expected a checkpoint in", "duet train --out " + empty);
    }

    @Test
    void damagedCheckpoints() throws IOException {
        Path copy = copy();
        for (String file : List.of("best", "last", "previous"))
            cut(copy.resolve("checkpoints/" + file + ".safetensors"), 3000);
        Duet.run("eval", copy.toString()).fails(1, "best.safetensors", "cut short");
        Duet.run("train", "--out", copy.toString(), "--resume")
                .fails(1, "no checkpoint is whole", "last.safetensors", "previous.safetensors", "another --out");
    }

    @Test
    void oneDamagedCheckpointIsPassedOver() throws IOException {
        Path copy = copy();
        cut(copy.resolve("checkpoints/last.safetensors"), 3000);
        Duet resumed = Duet.run("train", "--out", copy.toString(), "--resume");
        assertThat(resumed.exit()).isZero();
        assertThat(resumed.err()).contains("going back to previous.safetensors, step 5", "resuming at step 5 of 10");
        assertThat(Files.mismatch(
                        copy.resolve("checkpoints/last.safetensors"), trained.resolve("checkpoints/last.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void configurationsThatAreWrong() throws IOException {
        Path config = folder.resolve("my.toml");
        Files.writeString(config, "preset = \"cross\"\n[model]\nlatnt = 3\n");
        String out = folder.resolve("new").toString();
        Duet.run("train", "--config", config.toString(), "--out", out)
                .fails(1, config + ": unknown key 'model.latnt' (did you mean 'latent'?)");
        Files.writeString(config, "preset = \"cross\"\n[model]\nlatent = \"x\"\n");
        Duet.run("train", "--config", config.toString(), "--out", out)
                .fails(1, "model.latent: expected a whole number");
        Files.writeString(config, "preset = \"cross\"\n[model\n");
        Duet.run("train", "--config", config.toString(), "--out", out).fails(1, config + ", line 2: not valid TOML");
        Files.writeString(config, "preset = \"demo\"\n[train]\nprecision = \"tf32\"\n");
        Duet.run("train", "--config", config.toString(), "--out", folder + "/tf32")
                .fails(1, "--precision tf32: expected fp32, bf16 or auto, which the CPU computes in");
        Duet.run("train", "--config", folder + "/gone.toml", "--out", out).fails(1, "there is no " + folder);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void aGpuThatIsNotThere() {
        Duet duet = training("--device=cuda:99");
        assertThat(duet.exit()).isEqualTo(1);
        assertThat(duet.err()).startsWith("duet: no usable NVIDIA GPU:").doesNotContain("\tat ", "Exception");
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void optionsThatAreWrong() {
        training("--set=model.latnet=3").fails(2, "unknown key 'latnet' (did you mean 'latent'?)");
        training("--set=model.latent=abc").fails(2, "model.latent: expected a whole number", "got \"abc\"");
        training("--set=model.latent").fails(2, "KEY=VALUE", "Try 'duet train --help'.");
        training("--set=objective.cross_private=both").fails(2, "cross_private: expected", "posterior", "\"both\"");
        Duet.run("train", "--preset=nope", "--out", folder + "/new")
                .fails(
                        2,
                        "preset: expected one of duet, duet-quick, lab, cross, mvae, mmvae, mopoe, jmvae, mvtcae, demo, got \"nope\"");
        training("--device=banana")
                .fails(2, "train.device: expected auto, cpu, cuda, cuda:N or reference", "\"banana\"");
        training("--device=cuda:x").fails(2, "train.device: expected", "got \"cuda:x\"");
        training("--epochs=0").fails(2, "epochs: expected at least 1, got 0");
        Duet.run("eval", trained.toString(), "--device=banana").fails(2, "train.device: expected auto");
        Duet.run("eval", trained.toString(), "--pairs=0").fails(2, "--pairs: expected at least 1, got 0");
        Duet.run("eval", trained.toString(), "--likelihood=-1").fails(2, "--likelihood: expected 0 or more, got -1");
        Duet.run("eval", trained.toString(), "--split=train")
                .fails(2, "--split: expected test or validation, got 'train'");
        Duet.run("figures", trained.toString(), "--points=0").fails(2, "--points: expected at least 1, got 0");
        Duet.run("sample", trained.toString(), "-n", "0", "--out", folder + "/o")
                .fails(2, "-n: expected at least 1");
    }

    @Test
    void aModalityThatNoSubsetDecodes() {
        training(
                        "--set=objective.subset.0.decodes=[\"handwriting\"]",
                        "--set=objective.subset.1.decodes=[\"handwriting\"]",
                        "--set=objective.subset.2.decodes=[\"handwriting\"]")
                .fails(2, "objective.subset: expected each modality in some 'decodes'");
    }

    @Test
    void dataThatIsMissingOrCutShort() throws IOException {
        Path data = folder.resolve("data");
        Path out = folder.resolve("new");
        String[] train = {"train", "--preset=cross", "--data=" + data, "--out=" + out};
        Duet.run(train).fails(1, "no folder " + data.resolve("mnist"), "try: duet data fetch --data " + data);
        SmallSets.mnist(data, 1, 2);
        Duet.run(train).fails(1, "no folder " + data.resolve("svhn"), "duet data fetch");
        SmallSets.svhnTrain(data, 1, 2);
        Path mat = data.resolve("svhn/train_32x32.mat");
        cut(mat, 200);
        Duet.run(train).fails(1, mat + ", byte ");
        Path idx = data.resolve("mnist/train-images-idx3-ubyte.gz");
        cut(idx, Files.size(idx) - 9);
        Duet.run(train).fails(1, idx + ", byte ");
        assertThat(out.resolve("config.toml"))
                .as("the same command can start again")
                .doesNotExist();
    }

    @Test
    void foldersThatAreNotFree() throws IOException {
        Path file = Files.writeString(folder.resolve("new"), "x");
        training().fails(1, file + ": expected a folder or nothing", "found a file");
        Duet.run("train", "--preset=demo", "--out", trained.toString())
                .fails(1, "already holds a run; add --resume to go on with it");
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.createFile(other.resolve("thesis.tex"));
        Duet.run("train", "--preset=demo", "--out", other.toString()).fails(1, "found thesis.tex in it");
    }

    @Test
    void aRunThatSomeoneElseTrains() throws IOException {
        Path copy = copy();
        try (FileChannel channel = FileChannel.open(copy.resolve("run.lock"), StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            Duet.run("train", "--out", copy.toString(), "--resume").fails(1, copy + ": process ", "is training");
        }
    }

    @Test
    void resumingWithOtherOptions() {
        Duet.run("train", "--out", trained.toString(), "--resume", "--epochs=5")
                .fails(2, "--resume goes on with the run's own config.toml", "stage.elbo.epochs (2 → 5)");
        Duet.run(SmallRun.arguments(trained, "--resume", "--seed=7", "--beta=0.5")
                        .toArray(String[]::new))
                .fails(2, "(stored → given) seed (1 → 7), objective.beta (1.0 → 0.5); leave those flags out");
        Duet.run("train", "--preset=lab", "--out", trained.toString(), "--resume")
                .fails(2, "preset (\"demo\" → \"lab\")", " more; leave");
        Duet.run("train", "--out", folder.resolve("gone").toString(), "--resume")
                .fails(1, "expected a run with a config.toml to resume, found none");
        assertThat(folder.resolve("gone")).doesNotExist();
    }

    @Test
    void theSameLineWithResumeGoesOn() {
        String[] line = SmallRun.arguments(trained, "--resume", "--device=cpu", "--data=elsewhere")
                .toArray(String[]::new);
        Duet resumed = Duet.run(line);
        assertThat(resumed.exit()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("nothing left to train: all 2 epochs are done");
        Duet few = Duet.run("train", "--out", trained.toString(), "--resume", "--epochs=2", "--latent=6");
        assertThat(few.exit()).as(few.err()).isZero();
    }

    @Test
    void resumingWhatNeverBeganStartsIt() {
        Duet started = training("--resume");
        assertThat(started.exit()).as(started.err()).isZero();
        assertThat(started.err()).contains(folder.resolve("new") + ": no run to resume yet; starting it");
        assertThat(started.out().lines()).hasSize(2);
        assertThat(training("--resume").err()).contains("nothing left to train");
    }

    @Test
    void resumingWithAnotherSeed() throws IOException {
        Path copy = copy();
        String config = Files.readString(copy.resolve("config.toml"));
        Files.writeString(copy.resolve("config.toml"), config.replace("\nseed = 1\n", "\nseed = 2\n"));
        Duet.run("train", "--out", copy.toString(), "--resume")
                .fails(1, "last.safetensors: expected a checkpoint of seed 2", "got one of seed 1", "another --out");
    }

    @Test
    void resumingWithOtherData() throws IOException {
        int[] labels = IntStream.range(0, 60).map(i -> i % 3 + 1).toArray();
        Path data = folder.resolve("data");
        SmallSets.mnist(data, labels);
        SmallSets.svhnTrain(data, labels);
        Path out = folder.resolve("digits");
        Duet first = Duet.run(
                "train",
                "--preset=cross",
                "--data=" + data,
                "--out=" + out,
                "--epochs=1",
                "--batch=20",
                "--set=modality.mnist.size=8",
                "--set=modality.svhn.size=8",
                "--set=model.widths=[4,8]",
                "--latent=4");
        assertThat(first.exit()).as(first.err()).isZero();
        Path moved = Files.move(data, folder.resolve("moved"));
        String[] resume = {"train", "--data=" + moved, "--out=" + out, "--resume"};
        assertThat(Duet.run(resume).err()).contains("nothing left to train");

        labels[7] = 9;
        SmallSets.svhnTrain(moved, labels);
        Path mat = moved.resolve("svhn/train_32x32.mat");
        Duet.run(resume).fails(1, mat + ": expected the data that this run began with (" + data, "got sha256 ");

        Files.delete(out.resolve("manifest.json"));
        Duet.run(resume);
        assertThat(out.resolve("manifest.json"))
                .as("a run killed before it wrote one")
                .exists();
    }

    @Test
    void theDeviceThatAutoTakesIsSaidOnceWithTheReason() {
        Duet auto = training("--device=auto");
        assertThat(auto.err().lines().filter(line -> line.contains("GPU")))
                .singleElement()
                .asString()
                .matches("(no GPU \\(no .*\\)|GPU found \\(.*\\), not used by this version);"
                        + " computing on cpu: own kernels, .*");
        assertThat(Duet.run("train", "--out", folder.resolve("new").toString(), "--resume", "--device=cpu")
                        .err())
                .doesNotContain("GPU");
    }

    @Test
    void aFinishedRunHasNothingLeft() {
        Duet resumed = Duet.run("train", "--out", trained.toString(), "--resume");
        assertThat(resumed.exit()).isZero();
        assertThat(resumed.err()).contains("nothing left to train: all 2 epochs are done");
    }

    @Test
    void quietlyOnlyTheResultsAreSaid() {
        Duet duet = training("--quiet");
        assertThat(duet.exit()).isZero();
        assertThat(duet.err()).isEmpty();
        assertThat(duet.out().lines()).hasSize(2).allMatch(line -> line.matches("epoch \\d train_loss=.*"));
    }

    @Test
    void theHelpShowsTheWholeWay() {
        assertThat(Duet.run().out())
                .contains("duet demo ", "duet data fetch ", "duet train ", "duet eval ", "duet figures ")
                .contains("duet translate ", "duet doctor ");
    }

    @Test
    void theDoctorTriesTheKernels() throws IOException, InterruptedException {
        assertThat(Duet.run("doctor").out())
                .containsPattern(
                        "✓ kernels +cpu: own kernels, (scalar|avx2|avx512|avx512_bf16|amx), fp32, \\d+ thread");
        ProcessBuilder broken = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName(),
                "doctor");
        broken.environment().put("DUET_ISA", "mmx");
        Process process = broken.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(out).containsPattern("✗ kernels +environment variable DUET_ISA: expected one of .*, got 'mmx'");
    }
}
