package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of the simulated device run late; faults planted in what the host does around them are seen. */
class SimStreamTest {
    private static final int UNSUPPORTED = 900; // CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED
    private static final int INVALIDATED = 901;
    private static final int UNJOINED = 904;
    private static final int IMPLICIT = 906;
    private static final int CAPTURED_EVENT = 907;

    private final SimDriver driver = new SimDriver();

    @AfterEach
    void close() {
        driver.close();
        SimCuda.faults();
    }

    private int copyToHost(SimDriver.Pinned to, CUdeviceptr from, CUstream stream) {
        return JCudaDriver.cuMemcpyDtoHAsync(
                to.address(), from, 4L * to.values().capacity(), stream);
    }

    private int copyToDevice(CUdeviceptr to, SimDriver.Pinned from) {
        return JCudaDriver.cuMemcpyHtoDAsync(
                to, from.address(), 4L * from.values().capacity(), driver.stream);
    }

    private CUstream stream() {
        CUstream stream = new CUstream();
        SimDriver.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        return stream;
    }

    private CUevent event() {
        CUevent event = new CUevent();
        SimDriver.check(JCudaDriver.cuEventCreate(event, 0));
        return event;
    }

    @Test
    void whatIsReadBeforeASynchronisationIsNotANumber() {
        Raw.Device x = driver.tensor(1, 2);
        SimDriver.Pinned host = SimDriver.pinned(2);
        host.values().put(0, 5).put(1, 5);
        SimDriver.check(copyToHost(host, x, driver.stream));
        assertThat(host.values().get(0)).isNaN();
        SimDriver.check(driver.synchronize());
        assertThat(host.values().get(0)).isEqualTo(1);
        assertThat(host.values().get(1)).isEqualTo(2);
    }

    @Test
    void aPinnedBufferThatIsReusedTooEarlyShows() {
        Raw.Device x = driver.allocate(8L);
        SimDriver.Pinned host = SimDriver.pinned(2);
        host.values().put(0, 5).put(1, 6);
        SimDriver.check(copyToDevice(x, host));
        host.values().put(0, 7);
        assertThat(driver.read(x, 2)).containsExactly(7, 6);
    }

    @Test
    void aBlockingCopyDoesNotWaitForAStreamOfItsOwn() {
        Raw.Device x = driver.tensor(0);
        SimDriver.check(JCudaDriver.cuMemsetD32Async(x, Float.floatToIntBits(3), 1, driver.stream));
        float[] values = new float[1];
        SimDriver.check(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), x, 4));
        assertThat(values).containsExactly(0);
        assertThat(driver.read(x, 1)).containsExactly(3);
    }

    @Test
    void streamsAreOrderedByEventsOnly() {
        Raw.Device x = driver.tensor(0);
        CUstream other = stream();
        CUevent written = event();
        SimDriver.Pinned early = SimDriver.pinned(1);
        SimDriver.Pinned late = SimDriver.pinned(1);
        SimDriver.check(JCudaDriver.cuMemsetD32Async(x, Float.floatToIntBits(3), 1, driver.stream));
        SimDriver.check(JCudaDriver.cuEventRecord(written, driver.stream));
        SimDriver.check(copyToHost(early, x, other));
        SimDriver.check(JCudaDriver.cuStreamSynchronize(other));
        assertThat(early.values().get(0)).isZero();
        SimDriver.check(JCudaDriver.cuStreamWaitEvent(other, written, 0));
        SimDriver.check(copyToHost(late, x, other));
        SimDriver.check(JCudaDriver.cuStreamSynchronize(other));
        assertThat(late.values().get(0)).isEqualTo(3);
    }

    @Test
    void eventsCoverWhatCameBeforeThem() {
        Raw.Device x = driver.tensor(4);
        CUevent before = event();
        CUevent after = event();
        SimDriver.Pinned first = SimDriver.pinned(1);
        SimDriver.Pinned second = SimDriver.pinned(1);
        SimDriver.check(JCudaDriver.cuEventRecord(before, driver.stream));
        SimDriver.check(copyToHost(first, x, driver.stream));
        SimDriver.check(JCudaDriver.cuEventRecord(after, driver.stream));
        SimDriver.check(copyToHost(second, x, driver.stream));
        float[] millis = new float[1];
        assertThat(JCudaDriver.cuEventElapsedTime(millis, before, after)).isEqualTo(CUresult.CUDA_ERROR_NOT_READY);
        assertThat(JCudaDriver.cuEventQuery(after)).isEqualTo(CUresult.CUDA_ERROR_NOT_READY);
        assertThat(first.values().get(0)).isNaN();
        SimDriver.check(JCudaDriver.cuEventQuery(after)); // somebody who asks again finds it done
        assertThat(first.values().get(0)).isEqualTo(4);
        assertThat(second.values().get(0)).isNaN();
        SimDriver.check(JCudaDriver.cuEventElapsedTime(millis, before, after));
        assertThat(millis[0]).isNotNegative();
    }

    private void begin() {
        SimDriver.check(
                JCudaDriver.cuStreamBeginCapture(driver.stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL));
    }

    private int end() {
        return JCudaDriver.cuStreamEndCapture(driver.stream, new CUgraph());
    }

    @Test
    void aGraphRunsWhatWasCapturedWithTheArgumentsOfThen() {
        Raw.Device x = driver.tensor(1, 2, 3, 4);
        Raw.Device sum = driver.tensor(0);
        SimDriver.Pinned host = SimDriver.pinned(1);
        CUgraph graph = new CUgraph();
        CUgraphExec exec = new CUgraphExec();
        begin();
        SimDriver.check(driver.launch("sum_blocks", 1, 4, 0, x, sum));
        SimDriver.check(copyToHost(host, sum, driver.stream));
        host.values().put(0, 9);
        SimDriver.check(JCudaDriver.cuStreamEndCapture(driver.stream, graph));
        SimDriver.check(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        SimDriver.check(JCudaDriver.cuGraphDestroy(graph));
        assertThat(driver.read(sum, 1)).containsExactly(0);
        assertThat(host.values().get(0)).isEqualTo(9);
        SimCuda.clearCounters();
        for (int run = 1; run <= 3; run++) {
            SimDriver.check(JCudaDriver.cuMemcpyHtoD(x, Pointer.to(new float[] {run}), 4));
            SimDriver.check(JCudaDriver.cuGraphLaunch(exec, driver.stream));
            assertThat(host.values().get(0)).isNaN();
            SimDriver.check(driver.synchronize());
            assertThat(host.values().get(0)).isEqualTo(run + 9);
        }
        assertThat(SimCuda.counter("graphLaunches")).isEqualTo(3);
        assertThat(SimCuda.counter("graphNodes")).isEqualTo(6);
        assertThat(SimCuda.counter("launches")).isEqualTo(3);
        SimDriver.check(JCudaDriver.cuGraphExecDestroy(exec));
        assertThat(SimCuda.faults()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"allocate", "free", "synchronise", "synchronise all", "query", "load", "copy", "pageable"})
    void whatMayNotHappenInACaptureSpoilsIt(String what) {
        Raw.Device x = driver.tensor(1);
        begin();
        assertThat(forbidden(what, x)).isEqualTo(UNSUPPORTED);
        assertThat(driver.launch("write_past", 1, 32, 0, x, 0)).isEqualTo(INVALIDATED);
        assertThat(end()).isEqualTo(INVALIDATED);
        assertThat(driver.read(x, 1)).as("the stream goes on").containsExactly(1);
    }

    private int forbidden(String what, Raw.Device x) {
        return switch (what) {
            case "allocate" -> JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4);
            case "free" -> JCudaDriver.cuMemFree(x);
            case "synchronise" -> driver.synchronize();
            case "synchronise all" -> JCudaDriver.cuCtxSynchronize();
            case "query" -> JCudaDriver.cuStreamQuery(driver.stream);
            case "load" -> JCudaDriver.cuModuleLoadData(new CUmodule(), SimDriver.bytes(SimDriver.faultyPtx()));
            case "copy" -> JCudaDriver.cuMemcpyDtoH(Pointer.to(new float[1]), x, 4);
            case "pageable" ->
                JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(java.nio.ByteBuffer.allocateDirect(4)), x, 4, driver.stream);
            default -> throw new IllegalArgumentException(what);
        };
    }

    @Test
    void theLegacyStreamMayNotBeUsedBesideTheCaptureOfABlockingOne() {
        Raw.Device x = driver.tensor(1);
        CUstream blocking = new CUstream();
        SimDriver.check(JCudaDriver.cuStreamCreate(blocking, 0));
        SimDriver.check(
                JCudaDriver.cuStreamBeginCapture(blocking, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        assertThat(JCudaDriver.cuMemsetD32(x, 0, 1)).isEqualTo(IMPLICIT);
        assertThat(JCudaDriver.cuStreamEndCapture(blocking, new CUgraph())).isEqualTo(INVALIDATED);
    }

    @Test
    void aCaptureFollowsEventsIntoOtherStreamsAndMustComeBack() {
        Raw.Device x = driver.tensor(1);
        CUstream other = stream();
        CUevent fork = event();
        CUevent join = event();
        begin();
        SimDriver.check(JCudaDriver.cuEventRecord(fork, driver.stream));
        assertThat(JCudaDriver.cuEventQuery(fork)).isEqualTo(CAPTURED_EVENT);
        assertThat(end()).isEqualTo(INVALIDATED);
        for (boolean joins : new boolean[] {false, true}) {
            begin();
            SimDriver.check(JCudaDriver.cuEventRecord(fork, driver.stream));
            SimDriver.check(JCudaDriver.cuStreamWaitEvent(other, fork, 0));
            SimDriver.check(JCudaDriver.cuMemsetD32Async(x, 0, 1, other));
            if (joins) {
                SimDriver.check(JCudaDriver.cuEventRecord(join, other));
                SimDriver.check(JCudaDriver.cuStreamWaitEvent(driver.stream, join, 0));
            }
            assertThat(end()).isEqualTo(joins ? SimDriver.SUCCESS : UNJOINED);
        }
        assertThat(driver.read(x, 1)).as("captured, not run").containsExactly(1);
    }

    @Test
    void copiesOutsideOfATensor() {
        Raw.Device x = driver.tensor(1, 2);
        float[] host = new float[3];
        assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(host), x, 12)).isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(SimDriver.fault()).startsWith("cuMemcpyDtoH: 12 bytes 0 bytes into allocation ");
        assertThat(JCudaDriver.cuMemsetD32Async(x.withByteOffset(4), 0, 2, driver.stream))
                .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(SimDriver.fault()).startsWith("cuMemsetD32Async: 8 bytes 4 bytes into allocation ");
    }

    @Test
    void whatIsAliveWhenTheContextGoesIsALeak() {
        CUevent event = event();
        driver.allocate(1000L);
        driver.allocate(24L);
        SimDriver.pinned(1);
        begin();
        CUgraph graph = new CUgraph();
        SimDriver.check(JCudaDriver.cuStreamEndCapture(driver.stream, graph));
        SimDriver.check(JCudaDriver.cuGraphInstantiate(new CUgraphExec(), graph, 0));
        driver.device.close();
        assertThat(SimDriver.fault())
                .isEqualTo("leaked when the context was released: 2 device allocations (1024 bytes), 1 pinned host "
                        + "allocations, 1 streams, 1 events, 1 graphs, 1 instantiated graphs, 1 modules");
        assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(CUresult.CUDA_ERROR_INVALID_CONTEXT);
        assertThat(SimCuda.counter("memory")).isZero();
    }

    @Test
    void aContextThatIsGivenBackCleanIsNoFault() {
        driver.close();
        assertThat(SimCuda.faults()).isEmpty();
    }

    @Test
    void memoryEndsWhereItIsSaidTo() {
        SimCuda.set("memory", "1000000");
        try {
            driver.allocate(600_000L);
            assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 600_000)).isEqualTo(CUresult.CUDA_ERROR_OUT_OF_MEMORY);
            long[] free = new long[1];
            long[] total = new long[1];
            SimDriver.check(JCudaDriver.cuMemGetInfo(free, total));
            assertThat(free[0]).isEqualTo(400_000);
            assertThat(total[0]).isEqualTo(1_000_000);
        } finally {
            SimCuda.set("memory", "");
        }
    }

    @Test
    void aCallFailsWhenATestWantsItTo() {
        SimCuda.set("fail", "cuMemAlloc:2");
        SimDriver.check(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
        assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        SimDriver.check(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
        SimCuda.set("fail", "cuStreamSynchronize:1:719");
        assertThat(driver.synchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4))
                .as("a lost device stays lost")
                .isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    }
}
