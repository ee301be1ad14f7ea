package dev.duet.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.Ranges;
import dev.duet.backend.Timeline;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.SimCuda;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the simulated GPU, whose clock means nothing: marks between ops, programs recorded and run op by op in turn. */
class CudaProfileTest {
    private static final Peaks PEAKS = new Peaks(100, 256, 10, 125);

    @AfterEach
    void theDeviceSawNothingWrong() {
        CudaVariants.assertNoFaults();
    }

    private static Profile profile(Precision precision) {
        try (Backend backend = CudaVariants.arena(precision)) {
            ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
            return new Profiler(profiled, ProfilerTest.step(profiled, ProfilerTest.TINY), 2).measure("step", PEAKS);
        }
    }

    @Test
    void marksAreSetBetweenTheOpsOfAStep() {
        SimCuda.clearCounters();
        Profile profile = profile(Precision.FP32);
        assertThat(profile.rows())
                .hasSize(30)
                .allSatisfy(row -> assertThat(row.calls()).isEqualTo(1));
        assertThat(profile.workers()).isEqualTo(1);
        assertThat(profile.stepMillis()).isNotNegative();
    }

    /** Images in bfloat16, all else in float32. */
    @Test
    void bytesAreOfTheTensorsOwnTypes() {
        Map<String, Long> bytes = profile(Precision.BF16).rows().stream()
                .filter(row -> row.direction() == TimedOp.Direction.FORWARD)
                .collect(Collectors.toMap(Profile.Row::name, Profile.Row::bytes));
        // x and y (4, 4, 4, 4) and (4, 4, 2, 2) in bfloat16, weights (4, 4, 4, 4) and 4 biases in float32
        assertThat(bytes).containsEntry("encoder.svhn.1", 2L * (256 + 64) + 4 * (256 + 4));
        assertThat(bytes).containsEntry("eps", 4L * 4 * 3);
    }

    /** Three kernels each way beside one. */
    @Test
    void theSeparateLatentPartStandsBesideTheFusedOne() {
        try (Backend backend = CudaVariants.arena(Precision.FP32)) {
            ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
            Map<String, Subject> subjects = Kernels.make(profiled, ProfilerTest.TINY, "latent", 5);
            assertThat(subjects.keySet()).containsExactly("latent, fused", "latent, separate");
            assertThat(launches(backend, subjects.get("latent, fused"))).isEqualTo(2);
            assertThat(launches(backend, subjects.get("latent, separate"))).isEqualTo(6);
        }
    }

    private static long launches(Backend backend, Subject subject) {
        Timeline timeline = backend.timeline(1);
        SimCuda.clearCounters();
        subject.run();
        timeline.mark(0);
        timeline.nanos(0, 0); // the device has run them by then
        return SimCuda.counter("launches");
    }
}
