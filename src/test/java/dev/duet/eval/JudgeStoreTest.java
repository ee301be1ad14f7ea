package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.data.ImageSet;
import dev.duet.run.Mutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgeStoreTest {
    private static final ImageSet TRAIN = Quadrants.set("a", 32, 8, 1, 1);
    private static final JudgeSettings SETTINGS = TinyJudges.settings(1, 7, List.of(2), 2);

    @TempDir
    private Path folder;

    private Judge judge(BooleanSupplier stop) {
        return new JudgeStore(folder).judge(new ReferenceBackend(), TRAIN, SETTINGS, (step, steps, loss) -> {}, stop);
    }

    @Test
    void aJudgeIsTrainedOnce() {
        float[] trained = judge(() -> false).save().tensors().get(0).values();
        assertThat(judge(() -> true).save().tensors().get(0).values()).containsExactly(trained);
    }

    @Test
    void aJudgeOfOtherDataOrSettingsIsNotTaken() {
        judge(() -> false);
        JudgeStore store = new JudgeStore(folder);
        assertThat(store.holds(TRAIN, SETTINGS)).isTrue();
        assertThat(store.holds(Quadrants.set("a", 32, 8, 1, 2), SETTINGS)).isFalse();
        assertThat(store.holds(TRAIN, SETTINGS.withSeed(8))).isFalse();
        assertThat(store.holds(Quadrants.set("b", 32, 8, 1, 1), SETTINGS)).isFalse();
    }

    /** Other metadata mean another judge, which is trained instead; here that stops at once. */
    @Test
    void damagedFilesOnlyEverGiveDuetExceptions() throws IOException {
        judge(() -> false);
        Path file = folder.resolve("a-b.safetensors");
        byte[] good = Files.readAllBytes(file);
        int[] anew = {0};
        int refused = Mutations.fuzz(good, file, 11, 600, damaged -> {
            try {
                judge(() -> true);
            } catch (CancellationException e) {
                anew[0]++;
            }
        });
        assertThat(refused).isBetween(200, 560);
        assertThat(anew[0]).isPositive();
    }
}
