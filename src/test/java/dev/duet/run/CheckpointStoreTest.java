package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.run.Checkpoint.Progress;
import dev.duet.run.Checkpoint.Tensor;
import dev.duet.tensor.Shape;
import java.io.BufferedReader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    @Test
    void everythingComesBackBitForBit() {
        Map<String, Double> sums = new LinkedHashMap<>();
        sums.put("rec", 0.1 + 0.2);
        sums.put("kl", -0.0);
        sums.put("pairs", Double.MIN_VALUE);
        Progress progress =
                new Progress(Long.MAX_VALUE, 3, 1, 17, 5, sums, Double.POSITIVE_INFINITY, Long.MIN_VALUE + 1);
        float[] odd = {Float.intBitsToFloat(0x7FC01234), -0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY};
        store().saveLast(new Checkpoint(
                List.of(new Tensor("b", Shape.of(2, 2), odd), new Tensor("a", Shape.of(), new float[] {1})),
                List.of(new Tensor("a", Shape.of(), new float[] {2}), new Tensor("b", Shape.of(2, 2), odd)),
                List.of(new Tensor("b", Shape.of(2, 2), odd), new Tensor("a", Shape.of(), new float[] {3})),
                progress));

        Checkpoint read = store().loadLast().orElseThrow();
        assertThat(read.parameters().stream().map(Tensor::name)).containsExactly("b", "a");
        assertThat(read.adamM().stream().map(Tensor::name)).containsExactly("b", "a");
        assertThat(read.parameters().get(0).shape()).isEqualTo(Shape.of(2, 2));
        assertThat(Float.floatToRawIntBits(read.parameters().get(0).values()[0]))
                .isEqualTo(0x7FC01234);
        assertThat(read.adamM().get(1).values()).containsExactly(2);
        assertThat(read.adamV().get(1).values()).containsExactly(3);
        assertThat(read.progress()).isEqualTo(progress);
        assertThat(read.progress().epochSums().keySet()).containsExactly("rec", "kl", "pairs");
        assertThat(read.progress().epochSums().get("kl")).isEqualTo(-0.0); // equals tells -0.0 from 0.0
        assertThat(warnings).isEmpty();
    }

    @Test
    void anEmptyFolderHasNoCheckpoint() {
        assertThat(store().isEmpty()).isTrue();
        assertThat(store().loadLast()).isEmpty();
        assertThat(store().loadBest()).isEmpty();
        assertThatThrownBy(() -> store().loadBestOrLast())
                .isInstanceOf(DuetException.class)
                .hasMessage(folder.resolve("best.safetensors")
                        + ": expected this checkpoint or last.safetensors, got neither; train the run first");
    }

    @Test
    void evaluationTakesTheBestAndElseTheLast() {
        store().saveLast(checkpoint(2));
        assertThat(store().loadBestOrLast().progress().step()).isEqualTo(2);
        store().saveBest(checkpoint(1));
        assertThat(store().loadBestOrLast().progress().step()).isEqualTo(1);
        assertThat(step()).isEqualTo(2);
        assertThat(store().isEmpty()).isFalse();
    }

    @Test
    void aSaveThatFailsAnywhereLeavesTheStateBefore() throws IOException {
        store().saveLast(checkpoint(1));
        store().saveLast(checkpoint(2));
        long size = Files.size(folder.resolve("last.safetensors"));
        for (long limit = 0; limit < size; limit += 397) {
            CheckpointStore failing = store(failAfter(limit));
            assertThatThrownBy(() -> failing.saveLast(checkpoint(3)))
                    .isInstanceOf(DuetException.class)
                    .hasMessage(folder.resolve("last.safetensors") + ": could not write this file: disk full");
            assertThatThrownBy(() -> failing.saveBest(checkpoint(3))).isInstanceOf(DuetException.class);
            assertThat(step()).as("limit %d", limit).isEqualTo(2);
        }
        assertThat(store().loadBest()).isEmpty();
        assertThat(warnings).isEmpty();
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("last.safetensors", "previous.safetensors");
    }

    @Test
    void aCutCheckpointFallsBackToTheOneBeforeWithOneWarning() throws IOException {
        store().saveLast(checkpoint(1));
        store().saveLast(checkpoint(2));
        byte[] good = Files.readAllBytes(folder.resolve("last.safetensors"));
        for (int length = 0; length < good.length; length += 211) {
            Files.write(folder.resolve("last.safetensors"), java.util.Arrays.copyOf(good, length));
            warnings.clear();
            assertThat(step()).as("cut to %d bytes", length).isEqualTo(1);
            assertThat(warnings).hasSize(1);
            assertThat(warnings.get(0))
                    .startsWith(folder.resolve("last.safetensors") + ", byte ")
                    .endsWith("; going back to previous.safetensors, step 1");
        }
    }

    @Test
    void everyFlippedBitIsNoticed() throws IOException {
        store().saveLast(checkpoint(1));
        store().saveLast(checkpoint(2));
        Path last = folder.resolve("last.safetensors");
        byte[] good = Files.readAllBytes(last);
        for (int at = good.length - 60; at < good.length; at++) { // the data: the header's own damage is fuzzed below
            byte[] bad = good.clone();
            bad[at] ^= 1;
            Files.write(last, bad);
            warnings.clear();
            assertThat(step()).isEqualTo(1);
            assertThat(warnings)
                    .singleElement()
                    .asString()
                    .contains("expected checksum ")
                    .contains("damaged after");
        }
    }

    @Test
    void damagedCheckpointsOnlyEverGiveDuetExceptions() throws IOException {
        store().saveLast(checkpoint(1));
        byte[] good = Files.readAllBytes(folder.resolve("last.safetensors"));
        int refused = Mutations.fuzz(good, folder.resolve("fuzz"), 42, 1000, CheckpointFile::read);
        assertThat(refused).isGreaterThan(930);
    }

    @Test
    void aDamagedLastCheckpointDoesNotPushOutTheGoodOne() throws IOException {
        store().saveLast(checkpoint(1));
        store().saveLast(checkpoint(2));
        Files.write(folder.resolve("last.safetensors"), new byte[100]);
        store().saveLast(checkpoint(3));
        assertThat(step()).isEqualTo(3);
        assertThat(CheckpointFile.read(folder.resolve("previous.safetensors"))
                        .progress()
                        .step())
                .isEqualTo(1);
    }

    @Test
    void aKillBetweenTheTwoRenamesGoesBackOne() throws IOException {
        store().saveLast(checkpoint(1));
        Files.move(
                folder.resolve("last.safetensors"),
                folder.resolve("previous.safetensors"),
                StandardCopyOption.ATOMIC_MOVE);
        assertThat(step()).isEqualTo(1);
        assertThat(warnings)
                .containsExactly(
                        folder.resolve("last.safetensors") + ": missing; going back to previous.safetensors, step 1");
    }

    @Test
    void nothingIsMadeUpWhenAllIsDamaged() throws IOException {
        Files.write(folder.resolve("last.safetensors"), new byte[3]);
        assertThatThrownBy(() -> store().loadLast())
                .hasMessage(
                        folder.resolve("last.safetensors") + ", byte 0: expected at least 8 bytes, got a file of 3");
        Files.write(folder.resolve("previous.safetensors"), new byte[4]);
        assertThatThrownBy(() -> store().loadLast())
                .hasMessageStartingWith("no checkpoint is whole (" + folder.resolve("last.safetensors") + ", byte 0: ")
                .hasMessageContaining(folder.resolve("previous.safetensors") + ", byte 0: ");
    }

    @Test
    void momentsMustMatchTheParameters() {
        List<Tensor> w = List.of(new Tensor("w", Shape.of(2), new float[2]));
        List<Tensor> other = List.of(new Tensor("w", Shape.of(1, 2), new float[2]));
        Progress progress = checkpoint(1).progress();
        assertThatThrownBy(() -> new Checkpoint(w, w, other, progress))
                .hasMessage("checkpoint: expected adam.v.w with shape (2), got (1,2)");
        assertThatThrownBy(() -> new Checkpoint(w, List.of(), w, progress))
                .hasMessage("checkpoint: expected 1 tensors adam.m, one per parameter, got 0");
        List<Tensor> adam = List.of(new Tensor("adam.x", Shape.of(2), new float[2]));
        assertThatThrownBy(() -> new Checkpoint(adam, adam, adam, progress))
                .hasMessage("checkpoint: a parameter cannot be called 'adam.x'; names with 'adam.' belong to the"
                        + " optimiser");
    }

    @Test
    void aProcessKilledWhileSavingLeavesAWholeCheckpoint() throws IOException, InterruptedException {
        for (int kill = 0; kill < 3; kill++) {
            Process writer = ChildJvm.start(Writer.class, folder.toString());
            try (BufferedReader out = writer.inputReader(StandardCharsets.UTF_8)) {
                assertThat(out.readLine()).isEqualTo("saved");
                Thread.sleep(20L + 7L * kill);
            } finally {
                writer.destroyForcibly().waitFor(); // SIGKILL
            }
            Checkpoint read = store().loadLast().orElseThrow();
            float step = read.progress().step();
            assertThat(step).isPositive();
            assertThat(read.parameters().get(0).values()).containsOnly(step);
        }
    }

    /** Saves one checkpoint after another until it is killed. */
    static final class Writer {
        private Writer() {}

        @SuppressWarnings("SystemOut") // the test waits for this line
        public static void main(String[] args) {
            CheckpointStore store = new CheckpointStore(Path.of(args[0]), warning -> {}, UnaryOperator.identity());
            for (long step = 1; ; step++) {
                store.saveLast(checkpoint(step));
                if (step == 2) System.out.println("saved");
            }
        }
    }

    private CheckpointStore store() {
        return store(UnaryOperator.identity());
    }

    private CheckpointStore store(UnaryOperator<OutputStream> sink) {
        return new CheckpointStore(folder, warnings::add, sink);
    }

    private long step() {
        return store().loadLast().orElseThrow().progress().step();
    }

    /** Parameters filled with the step's number, so that a mix of two checkpoints would show. */
    private static Checkpoint checkpoint(long step) {
        float[] values = new float[300];
        java.util.Arrays.fill(values, (float) step);
        List<Tensor> tensors = List.of(new Tensor("layer.weight", Shape.of(3, 100), values));
        Progress progress = new Progress(step, 0, 0, step, step, Map.of("rec", 0.5), 1.0, 1);
        return new Checkpoint(tensors, tensors, tensors, progress);
    }

    private static UnaryOperator<OutputStream> failAfter(long limit) {
        return out -> new FilterOutputStream(out) {
            private long written;

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                int fits = (int) Math.min(length, limit - written);
                out.write(bytes, offset, fits);
                written += fits;
                if (fits < length) throw new IOException("disk full");
            }
        };
    }
}
