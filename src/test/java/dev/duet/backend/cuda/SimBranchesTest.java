package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two streams of the simulated device that do not wait for each other run in an order that a control decides. */
class SimBranchesTest {
    private final SimDriver driver = new SimDriver();
    private final CUstream other = new CUstream();
    private final CUevent fork = event();
    private final CUevent join = event();

    SimBranchesTest() {
        SimDriver.check(JCudaDriver.cuStreamCreate(other, CUstream_flags.CU_STREAM_NON_BLOCKING));
    }

    @AfterEach
    void close() {
        SimCuda.set("order", "");
        driver.close();
        SimCuda.faults();
    }

    private static CUevent event() {
        CUevent event = new CUevent();
        SimDriver.check(JCudaDriver.cuEventCreate(event, 0));
        return event;
    }

    private static void copy(Raw.Device to, Raw.Device from, CUstream stream) {
        SimDriver.check(JCudaDriver.cuMemcpyDtoDAsync(to, from, 4, stream));
    }

    private void fork() {
        SimDriver.check(JCudaDriver.cuEventRecord(fork, driver.stream));
        SimDriver.check(JCudaDriver.cuStreamWaitEvent(other, fork, 0));
    }

    private void join() {
        SimDriver.check(JCudaDriver.cuEventRecord(join, other));
        SimDriver.check(JCudaDriver.cuStreamWaitEvent(driver.stream, join, 0));
    }

    /** 1 goes from a to b, in a branch from b to c, and then from c to d. */
    private void work(Raw.Device[] at, boolean forks, boolean joins) {
        if (!forks) fork();
        copy(at[1], at[0], driver.stream);
        if (forks) fork();
        copy(at[2], at[1], other);
        if (joins) join();
        copy(at[3], at[2], driver.stream);
        if (!joins) join();
    }

    private void asGraph(Runnable work) {
        CUgraph graph = new CUgraph();
        CUgraphExec exec = new CUgraphExec();
        SimDriver.check(
                JCudaDriver.cuStreamBeginCapture(driver.stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL));
        work.run();
        SimDriver.check(JCudaDriver.cuStreamEndCapture(driver.stream, graph));
        SimDriver.check(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        SimDriver.check(JCudaDriver.cuGraphDestroy(graph));
        SimDriver.check(JCudaDriver.cuGraphLaunch(exec, driver.stream));
        SimDriver.check(JCudaDriver.cuGraphExecDestroy(exec));
    }

    @ParameterizedTest
    @CsvSource({
        // order, fork in time, join in time, what arrives
        "forward, true, true, 1",
        "reverse, true, true, 1",
        "seeded:7, true, true, 1",
        "forward, false, true, 1", // by luck
        "reverse, false, true, 0",
        "forward, true, false, 0",
        "reverse, true, false, 1", // by luck
    })
    void aForkOrJoinOutOfPlaceShowsInOneOrder(String order, boolean forks, boolean joins, float arrives) {
        SimCuda.set("order", order);
        for (boolean graph : new boolean[] {false, true}) {
            Raw.Device[] at = {driver.tensor(1), driver.tensor(0), driver.tensor(0), driver.tensor(0)};
            if (graph) asGraph(() -> work(at, forks, joins));
            else work(at, forks, joins);
            assertThat(driver.read(at[3], 1)).as("as a graph: %s", graph).containsExactly(arrives);
        }
    }
}
