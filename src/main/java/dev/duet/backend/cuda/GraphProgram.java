package dev.duet.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/**
 * A fixed sequence of ops. The first run warms up: kernels are loaded, algorithms are there. The second is recorded as a CUDA
 * graph, and each later one is a single launch of it. What the host does in an op, such as checking indices, is kept beside the
 * graph and done before each launch.
 */
final class GraphProgram implements Runnable {
    private static final long NO_FLAGS = 0;

    private final CudaContext context;
    private final CudaStream stream;
    private final String name;
    private final Runnable ops;
    private final List<Runnable> hostWork = new ArrayList<>();
    private boolean warm;
    private CUgraphExec recorded; // null until recorded

    GraphProgram(CudaContext context, String name, Runnable ops) {
        this.context = context;
        stream = context.stream();
        this.name = name;
        this.ops = ops;
    }

    String name() {
        return name;
    }

    @Override
    public void run() {
        if (!warm) {
            ops.run();
            warm = true;
            return;
        }
        if (recorded == null) recorded = record();
        context.step().refresh();
        for (int i = 0; i < hostWork.size(); i++) hostWork.get(i).run();
        stream.begin(name);
        stream.check(JCudaDriver.cuGraphLaunch(recorded, stream.handle()), "cuGraphLaunch");
        stream.end();
    }

    /** Does {@code work} before each launch from now on. */
    void addHostWork(Runnable work) {
        hostWork.add(work);
    }

    private CUgraphExec record() {
        stream.begin(name);
        stream.check(
                JCudaDriver.cuStreamBeginCapture(stream.handle(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL),
                "cuStreamBeginCapture");
        hostWork.clear();
        stream.setRecording(this);
        boolean complete = false;
        CUgraph graph = new CUgraph();
        try {
            ops.run();
            complete = true;
        } finally {
            stream.setRecording(null);
            int code = JCudaDriver.cuStreamEndCapture(stream.handle(), graph);
            if (complete) stream.check(code, "cuStreamEndCapture");
            else if (code == Cuda.SUCCESS) JCudaDriver.cuGraphDestroy(graph);
        }
        return instantiate(graph);
    }

    private CUgraphExec instantiate(CUgraph graph) {
        CUgraphExec exec = new CUgraphExec();
        stream.begin(name);
        int code = JCudaDriver.cuGraphInstantiate(exec, graph, NO_FLAGS);
        JCudaDriver.cuGraphDestroy(graph);
        stream.check(code, "cuGraphInstantiate");
        context.onClose(() -> JCudaDriver.cuGraphExecDestroy(exec));
        return exec;
    }
}
