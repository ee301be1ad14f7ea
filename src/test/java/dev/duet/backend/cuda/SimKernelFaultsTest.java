package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults planted in kernels and launches, each seen by the simulated device. */
class SimKernelFaultsTest {
    private static final int BLOCKS = 3;
    private static final int THREADS = 64;
    private static final List<String> ORDERS = List.of("forward", "reverse", "seeded:1", "seeded:2");

    private final SimDriver driver = new SimDriver();

    @AfterEach
    void close() {
        SimCuda.set("order", "");
        SimCuda.set("races", "");
        driver.close();
        SimCuda.faults();
    }

    private void assertIllegal(int launched) {
        SimDriver.check(launched);
        assertThat(driver.synchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertThat(driver.synchronize()).as("lasts").isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    }

    @Test
    void aWritePastTheEndOfATensor() {
        Raw.Device x = driver.allocate(4L * THREADS);
        driver.allocate(4L * THREADS); // what comes after it in memory is nothing that it may touch
        assertIllegal(driver.launch("write_past", 2, THREADS, 0, x, THREADS));
        assertThat(SimDriver.fault())
                .startsWith("write_past, block (1, 0, 0), thread (0, 0, 0): write of 4 bytes 0 bytes past the end of "
                        + "allocation ")
                .contains("of 256 bytes");
    }

    @Test
    void aReadBeforeATensor() {
        driver.allocate(4L * THREADS);
        Raw.Device x = driver.allocate(4L * THREADS);
        Raw.Device y = driver.allocate(4L * THREADS);
        assertIllegal(driver.launch("read_before", 1, THREADS, 0, x, y, THREADS));
        assertThat(SimDriver.fault())
                .startsWith("read_before, block (0, 0, 0), thread (0, 0, 0): read of 4 bytes ")
                .contains("past the end of allocation");
    }

    @Test
    void useAfterFree() {
        Raw.Device x = driver.allocate(4L * THREADS);
        SimDriver.check(JCudaDriver.cuMemFree(x));
        assertIllegal(driver.launch("write_past", 1, THREADS, 0, x, THREADS));
        assertThat(SimDriver.fault())
                .contains("write_past", "write of 4 bytes 0 bytes into allocation ", "of 256 bytes, which was freed");
    }

    @Test
    void hostMemoryInAKernel() {
        Raw.Device host = new Raw.Device(0x1000);
        assertIllegal(driver.launch("write_past", 1, THREADS, 0, host, THREADS));
        assertThat(SimDriver.fault()).contains("write of 4 bytes not device memory (address 0x1000)");
    }

    @Test
    void aMisalignedAccess() {
        Raw.Device x = driver.allocate(4L * THREADS);
        SimDriver.check(driver.launch("misaligned", 1, 1, 0, x, driver.allocate(16L)));
        assertThat(driver.synchronize()).isEqualTo(716); // CUDA_ERROR_MISALIGNED_ADDRESS
        assertThat(SimDriver.fault()).contains("misaligned", "which is not aligned for its type");
    }

    @Test
    void aWritePastASharedArray() {
        SimDriver.check(driver.launch("write_past_shared", 1, 32, 0, driver.allocate(4L * 32)));
        assertThat(driver.synchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertThat(SimDriver.fault())
                .isEqualTo(
                        "write_past_shared, block (0, 0, 0), thread (31, 0, 0): write of 4 bytes outside of the shared "
                                + "variables");
    }

    @Test
    void memoryThatNothingWasWrittenToIsNotANumber() {
        Raw.Device y = driver.allocate(4L * 32);
        assertThat(driver.read(y, 32)).containsOnly(Float.NaN);
        SimDriver.check(driver.launch("uninitialised_shared", 1, 32, 0, y));
        assertThat(driver.read(y, 32)).containsOnly(Float.NaN);
        assertThat(SimCuda.faults()).isEmpty();
    }

    @Test
    void aBarrierThatOnlySomeThreadsReach() {
        SimDriver.check(driver.launch("divergent_barrier", 1, THREADS, 0, driver.allocate(4L * THREADS)));
        assertThat(driver.synchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(SimDriver.fault())
                .matches(
                        "divergent_barrier, block \\(0, 0, 0\\): 32 of 64 threads wait \\(line \\d+\\) for others that do not "
                                + "come; 32 have finished");
    }

    @Test
    void aMissingBarrierIsARace() {
        float[] x = new float[THREADS];
        SimDriver.check(driver.launch("missing_barrier", 1, THREADS, 0, driver.tensor(x), driver.allocate(4L)));
        assertThat(driver.synchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(SimDriver.fault()).contains("missing_barrier", "shared memory that", "without a barrier in between");
    }

    /** Sums of blocks in each order of threads and blocks. */
    private Map<String, List<Float>> sums(String kernel) {
        float[] x = new float[BLOCKS * THREADS];
        for (int i = 0; i < x.length; i++) x[i] = 1 + 0.37f * i;
        Raw.Device input = driver.tensor(x);
        Raw.Device sums = driver.allocate(4L * BLOCKS);
        Map<String, List<Float>> result = new LinkedHashMap<>();
        for (String order : ORDERS) {
            SimCuda.set("order", order);
            SimDriver.check(driver.launch(kernel, BLOCKS, THREADS, 0, input, sums));
            float[] read = driver.read(sums, BLOCKS);
            result.put(order, List.of(read[0], read[1], read[2]));
        }
        return result;
    }

    @Test
    void aMissingBarrierGivesAnotherResultInAnotherOrder() {
        SimCuda.set("races", "off");
        assertThat(sums("missing_barrier").values().stream().distinct()).hasSizeGreaterThan(1);
    }

    @Test
    void aWholeKernelGivesTheSameBitsInEachOrder() {
        Map<String, List<Float>> sums = sums("sum_blocks");
        double first = 0;
        for (int i = 0; i < THREADS; i++) first += 1 + 0.37f * i;
        assertThat(sums.get("forward").get(0).doubleValue()).isBetween(first - 1e-2, first + 1e-2);
        assertThat(sums.values().stream().distinct()).hasSize(1);
        assertThat(SimCuda.faults()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1025, 2048})
    void tooManyThreads(int threads) {
        Raw.Device x = driver.allocate(4L);
        assertThat(driver.launch("write_past", 1, threads, 0, x, 0)).isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(driver.launch("write_past", 0, 32, 0, x, 0)).isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
        SimDriver.check(driver.synchronize()); // the launch did not happen, the context lives
    }

    @Test
    void tooMuchSharedMemory() {
        Raw.Device x = driver.tensor(new float[THREADS]);
        Raw.Device sum = driver.allocate(4L);
        int free = 48 * 1024 - 256 * 4; // beside the kernel's own
        assertThat(driver.launch("sum_blocks", 1, THREADS, free + 1, x, sum))
                .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
        SimDriver.check(driver.launch("sum_blocks", 1, THREADS, free, x, sum));
        SimDriver.check(driver.synchronize());
    }

    private int function(String ptx, String name) {
        CUmodule changed = new CUmodule();
        SimDriver.check(JCudaDriver.cuModuleLoadData(changed, SimDriver.bytes(ptx)));
        int code = JCudaDriver.cuModuleGetFunction(new CUfunction(), changed, name);
        SimDriver.check(JCudaDriver.cuModuleUnload(changed));
        return code;
    }

    @Test
    void argumentsOfAnotherSizeThanThePtxSays() {
        String ptx = SimDriver.faultyPtx();
        String changed = ptx.replaceFirst(
                Matcher.quoteReplacement(".param .u32 write_past_param_1"), ".param .u64 write_past_param_1");
        assertThat(changed).isNotEqualTo(ptx);
        assertThat(function(changed, "write_past")).isEqualTo(CUresult.CUDA_ERROR_INVALID_IMAGE);
        assertThat(SimDriver.fault())
                .isEqualTo("write_past: parameters of (8, 8) bytes in the PTX, but of (8, 4) bytes in the .cu file");
    }

    @Test
    void entriesThatDoNotExist() {
        String ptx = SimDriver.faultyPtx();
        assertThat(function(ptx, "no_such_kernel")).isEqualTo(CUresult.CUDA_ERROR_NOT_FOUND);
        assertThat(SimCuda.faults()).isEmpty();
        assertThat(function(ptx.replace("write_past_shared", "another"), "another"))
                .isEqualTo(CUresult.CUDA_ERROR_NOT_FOUND);
        assertThat(SimDriver.fault()).startsWith("another: the PTX has this entry, but no .cu file");
    }

    @Test
    void ptxThatTheDriverIsTooOldFor() {
        String ptx = SimDriver.faultyPtx();
        byte[] newer = SimDriver.bytes(ptx.replace(".version 8.0", ".version 9.0"));
        byte[] wider = SimDriver.bytes(ptx.replace(".target sm_75", ".target sm_100"));
        assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), newer)).isEqualTo(222); // UNSUPPORTED_PTX_VERSION
        assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), wider))
                .isEqualTo(CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU);
        assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), SimDriver.bytes("no PTX at all")))
                .isEqualTo(CUresult.CUDA_ERROR_INVALID_PTX);
    }

    @Test
    void workIsCountedByKernel() {
        Raw.Device x = driver.tensor(new float[2 * THREADS]);
        Raw.Device sums = driver.allocate(4L * 2);
        SimDriver.check(driver.synchronize());
        SimCuda.clearCounters();
        SimDriver.check(driver.launch("sum_blocks", 2, THREADS, 0, x, sums));
        SimDriver.check(driver.synchronize());
        assertThat(SimCuda.work()).containsOnly(Map.entry("sum_blocks", new SimCuda.Work(1, 4 * 2 * THREADS, 4 * 2)));
        assertThat(SimCuda.launches()).isEqualTo(1);
        assertThat(SimCuda.bytes()).isEqualTo(4 * 2 * THREADS + 4 * 2);
        assertThat(SimCuda.counter("memory")).isEqualTo(4 * 2 * THREADS + 4 * 2);
    }
}
