package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.run.MetricsLog.EpochLosses;
import dev.duet.run.MetricsLog.Kind;
import dev.duet.run.MetricsLog.Line;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void name() {
        path = folder.resolve("metrics.jsonl");
    }

    @Test
    void theLinesAreThoseThatScriptsRead() throws IOException {
        Map<String, Double> further = new LinkedHashMap<>();
        further.put("pairs_per_second", 276.0);
        further.put("beta", Double.POSITIVE_INFINITY);
        try (MetricsLog log = MetricsLog.resume(path, 0)) {
            log.step(1, 1, Map.of("loss", 0.1 + 0.2));
            log.epoch(2, 1, new EpochLosses(292.46, 250, 42.46, Double.NaN), further);
            assertThat(path).as("an epoch is flushed").content().hasLineCount(2);
        }
        assertThat(path).hasContent("""
                {"kind":"step","step":1,"epoch":1,"loss":0.30000000000000004}
                {"kind":"epoch","step":2,"epoch":1,"train_loss":292.46,"rec":250.0,"kl":42.46,"val_loss":null,\
                "pairs_per_second":276.0,"beta":null}
                """);
        List<Line> lines = MetricsLog.read(path);
        assertThat(lines.get(0)).isEqualTo(new Line(Kind.STEP, 1, 1, Map.of("loss", 0.1 + 0.2)));
        assertThat(lines.get(1).kind()).isEqualTo(Kind.EPOCH);
        assertThat(lines.get(1).values().keySet())
                .containsExactly("train_loss", "rec", "kl", "val_loss", "pairs_per_second", "beta");
        assertThat(lines.get(1).value("rec")).isEqualTo(250);
        assertThat(lines.get(1).value("val_loss")).isNaN();
        assertThat(lines.get(1).value("none")).isNaN();
    }

    @Test
    void aResumedRunHoldsNothingTwice() throws IOException {
        write(10);
        Files.writeString(path, "{\"kind\":\"step\",\"step\":11,\"ep", StandardOpenOption.APPEND);
        try (MetricsLog log = MetricsLog.resume(path, 7)) {
            log.step(8, 2, Map.of("loss", 80.0));
        }
        List<Line> lines = MetricsLog.read(path);
        assertThat(lines.stream().filter(line -> line.kind() == Kind.STEP).map(Line::step))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(lines.stream().filter(line -> line.kind() == Kind.EPOCH).map(Line::step))
                .containsExactly(5L);
        assertThat(lines.get(lines.size() - 1).value("loss")).isEqualTo(80);
    }

    @Test
    void everyCutOfTheFileIsRepaired() throws IOException {
        write(3);
        byte[] whole = Files.readAllBytes(path);
        for (int length = 0; length <= whole.length; length++) {
            Files.write(path, java.util.Arrays.copyOf(whole, length));
            int before = MetricsLog.read(path).size();
            try (MetricsLog log = MetricsLog.resume(path, 99)) {
                log.step(4, 1, Map.of("loss", 4.0));
            }
            List<Line> lines = MetricsLog.read(path);
            assertThat(lines).as("cut to %d bytes", length).hasSize(before + 1);
            assertThat(lines.get(before).step()).isEqualTo(4);
            assertThat(Files.readString(path)).endsWith("}\n");
        }
    }

    @Test
    void resumingWithoutALogStartsOne() {
        try (MetricsLog log = MetricsLog.resume(path, 5)) {
            log.step(6, 1, Map.of());
        }
        assertThat(MetricsLog.read(path)).containsExactly(new Line(Kind.STEP, 6, 1, Map.of()));
    }

    @Test
    void aDamagedLineInTheMiddleIsNamed() throws IOException {
        write(2);
        String text = Files.readString(path);
        Files.writeString(path, "{\"kind\":\"step\"}\n" + text);
        String message = path + ", line 1: expected a JSON object with kind, step and epoch, got {\"kind\":\"step\"};"
                + " mend or delete this line";
        assertThatThrownBy(() -> MetricsLog.read(path))
                .isInstanceOf(DuetException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> MetricsLog.cutBackTo(path, 1)).hasMessage(message);
        assertThat(path).as("left as it was").hasContent("{\"kind\":\"step\"}\n" + text);
        assertThatThrownBy(() -> MetricsLog.read(folder.resolve("none")))
                .hasMessage(
                        folder.resolve("none") + ": could not read this file: there is no " + folder.resolve("none"));
    }

    @Test
    void theKeysOfEveryLineAreTaken() {
        try (MetricsLog log = MetricsLog.resume(path, 0)) {
            assertThatThrownBy(() -> log.step(1, 1, Map.of("epoch", 1.0)))
                    .hasMessage("metrics: 'epoch' is a key of every line; use another name");
        }
    }

    @Test
    void damagedLogsOnlyEverGiveDuetExceptions() throws IOException {
        write(5);
        byte[] good = (Files.readString(path) + "{\"kind\":\"step\",\"step\":9,\"epoch\":2,\"ü\":1e9}\n")
                .getBytes(StandardCharsets.UTF_8);
        int refused = Mutations.fuzz(good, folder.resolve("fuzz"), 3, 300, file -> {
            int lines = MetricsLog.read(file).size();
            MetricsLog.cutBackTo(file, Long.MAX_VALUE);
            assertThat(MetricsLog.read(file)).hasSize(lines);
        });
        assertThat(refused).isGreaterThan(60);
    }

    /** One line per step; an epoch ends after each fifth. */
    private void write(int steps) {
        try (MetricsLog log = MetricsLog.resume(path, 0)) {
            for (int step = 1; step <= steps; step++) {
                int epoch = (step + 4) / 5;
                log.step(step, epoch, Map.of("loss", (double) step));
                if (step % 5 == 0) log.epoch(step, epoch, new EpochLosses(3, 2, 1, 4), Map.of());
            }
        }
    }
}
