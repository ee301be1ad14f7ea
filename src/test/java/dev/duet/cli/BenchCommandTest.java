package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.duet.BuildInfo;
import dev.duet.backend.cpu.Isa;
import dev.duet.cli.SmallRun.Duet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchCommandTest {
    private static Duet bench(String... further) {
        List<String> arguments = new ArrayList<>(List.of(
                "bench",
                "--device=cpu",
                "--images=20",
                "--set=model.widths=[4,8]",
                "--set=modality.mnist.size=8",
                "--set=modality.svhn.size=8"));
        arguments.addAll(List.of(further));
        if (arguments.stream().noneMatch(a -> a.startsWith("--threads"))) arguments.add("--threads=2");
        return Duet.run(arguments.toArray(String[]::new));
    }

    @Test
    void printsOneObjectPerCase() {
        Duet duet = bench("--json", "--steps=4", "--batch", "8", "24", "--precision", "fp32");
        assertThat(duet.exit()).as(duet.err()).isZero();
        List<JsonNode> cases =
                duet.out().lines().map(JsonMapper.builder().build()::readTree).toList();
        assertThat(cases).extracting(line -> line.get("batch").intValue()).containsExactly(8, 24);
        assertThat(cases).extracting(line -> line.get("shards").intValue()).containsExactly(1, 3);
        for (JsonNode line : cases) {
            assertThat(line.get("precision").stringValue()).isEqualTo("fp32");
            assertThat(line.get("device").stringValue()).startsWith("cpu: own kernels");
            assertThat(line.get("threads").intValue()).isEqualTo(2);
            assertThat(line.get("steps").intValue()).isEqualTo(4);
            assertThat(line.get("isa").stringValue()).isEqualTo(Isa.best().label());
            assertThat(line.get("images").intValue()).isEqualTo(24);
            assertThat(line.get("duet").stringValue())
                    .isEqualTo(BuildInfo.current().version());
            assertThat(line.get("allowed_cores").intValue())
                    .isEqualTo(Runtime.getRuntime().availableProcessors());
            assertThat(line.get("others_cores").doubleValue()).isNotNegative();
            double peak = line.get("peak_gflops").doubleValue();
            assertThat(peak)
                    .isBetween(
                            line.get("lowest_peak_gflops").doubleValue(),
                            line.get("highest_peak_gflops").doubleValue());
            assertThat(line.get("share_of_peak").doubleValue())
                    .isCloseTo(line.get("gflops").doubleValue() / peak, within(1e-3));
            for (String number : List.of(
                    "median_ms",
                    "pairs_per_s",
                    "gflops",
                    "peak_gflops",
                    "first_step_ms",
                    "start_to_first_step_ms",
                    "peak_rss_bytes",
                    "loss"))
                assertThat(line.get(number).doubleValue()).as(number).isPositive();
            // no upper bound: the peak is measured too, and another process may slow just that
            assertThat(line.get("share_of_peak").doubleValue()).isPositive().isFinite();
        }
    }

    private static List<JsonNode> bothPrecisions() {
        Duet duet = bench("--json", "--steps=3", "--batch=8", "--precision=fp32,bf16", "--set=model.widths=[8,8]");
        assertThat(duet.exit()).as(duet.err()).isZero();
        return duet.out().lines().map(JsonMapper.builder().build()::readTree).toList();
    }

    @Test
    void bothPrecisionsOfTheCpu() {
        List<JsonNode> cases = bothPrecisions();
        assertThat(cases)
                .extracting(line -> line.get("precision").stringValue())
                .containsExactly("fp32", "bf16");
        assertThat(cases)
                .allSatisfy(line -> assertThat(line.get("device").stringValue())
                        .contains(", " + line.get("precision").stringValue() + ", "));
        double fp32 = cases.get(0).get("loss").doubleValue();
        assertThat(cases.get(1).get("loss").doubleValue()).isNotEqualTo(fp32).isCloseTo(fp32, withinPercentage(1));
    }

    /**
     * Each precision stands beside the peak of its own products, twice as high in bfloat16 where the machine multiplies in it. Other
     * processes may slow one of the two measurements, so that several are made until one shows it.
     */
    @Test
    void eachPrecisionHasAPeakOfItsOwn() {
        assumeTrue(Isa.best() == Isa.AVX512_BF16, "this machine does not multiply in bfloat16");
        double highest = 0; // of bf16 over that of fp32
        for (int attempt = 0; attempt < 10 && highest <= 1.3; attempt++) {
            List<JsonNode> cases = bothPrecisions();
            double fp32 = cases.get(0).get("peak_gflops").doubleValue();
            highest = Math.max(highest, cases.get(1).get("peak_gflops").doubleValue() / fp32);
        }
        assertThat(highest).isGreaterThan(1.3);
    }

    @Test
    void printsATableWithTheBatchesInOneList() {
        Duet duet = bench("--steps=3", "--batch=4,8");
        assertThat(duet.exit()).as(duet.err()).isZero();
        List<String> lines = duet.out().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).contains("pairs/s", "of peak");
        assertThat(lines.get(1)).contains("     4 fp32            2 ");
        assertThat(lines.get(2)).contains("     8 fp32");
        assertThat(lines.get(3)).startsWith("peak: ");
    }

    @Test
    void moreThreadsThanProcessorsOrShardsAreAllowedAndSaidOnce() {
        int threads = Runtime.getRuntime().availableProcessors() + 3;
        Duet duet = bench("--json", "--steps=3", "--batch=4,8", "--threads=" + threads);
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.err()).containsOnlyOnce("--threads " + threads + ": this process may use ");
        assertThat(duet.out()).contains("\"threads\":" + threads + ",\"shards\":1,");
        bench("--threads=100000").fails(2, "train.threads", "1024");
        bench("--threads=-1").fails(2, "train.threads");
    }

    @Test
    void refusesWhatCannotBe() {
        bench("--batch=0").fails(2, "--batch: expected at least 1, got 0");
        bench("--steps=-1").fails(2, "--steps: expected at least 0, got -1");
        bench("--precision=tf32").fails(2, "--precision tf32: expected fp32, bf16 or auto");
        bench("--preset=nope")
                .fails(
                        2,
                        "preset: expected one of duet, duet-quick, lab, cross, mvae, mmvae, mopoe, jmvae, mvtcae, demo");
        bench("--set=model.latnet=3").fails(2, "unknown key 'latnet'");
    }
}
