package dev.duet.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * The streams that branches run on. Lane 0 is where everything else runs; the others wait for it where branches begin, and it
 * for them where they end, by events. In a recording these become the graph's parallel branches.
 *
 * <p>A branch always has the same lane, so that what a lane takes for it when it first runs is there when it is recorded.
 */
final class Lanes {
    /** More branches share them. */
    private static final int MOST = 8;

    private static final int NO_FLAGS = 0;

    private final CudaContext context;
    private final CudaStream stream;
    private final boolean parallel;
    private final CUevent fork;
    private final List<Lane> lanes = new ArrayList<>();
    private Lane current;

    Lanes(CudaContext context) {
        this.context = context;
        stream = context.stream();
        parallel = context.options().branches() && !context.options().sync();
        fork = context.event(CUevent_flags.CU_EVENT_DISABLE_TIMING);
        current = new Lane(context, stream.handle());
        lanes.add(current);
    }

    /** What ops run on now. */
    Lane current() {
        return current;
    }

    /** The current lane's workspace for a run of {@code what}; on lane 0 it has been reserved when the op was made. */
    Workspace workspace(String what, long bytes) {
        Workspace workspace = current.workspace();
        if (bytes > workspace.bytes())
            workspace.reserve(what, lanes.get(0).workspace().bytes());
        return workspace;
    }

    /** Runs {@code branches} at the same time; in order where they are inside a branch themselves or not wanted so. */
    void sideBySide(List<Runnable> branches) {
        if (!parallel || stream.branching() || branches.size() < 2) {
            for (int i = 0; i < branches.size(); i++) branches.get(i).run();
            return;
        }
        stream.begin("beginning branches");
        context.step().refresh(); // before the fork, for all branches
        int used = Math.min(branches.size(), MOST);
        while (lanes.size() < used) lanes.add(new Lane(context, stream.create()));
        boolean complete = false;
        try {
            fork(used);
            for (int i = 0; i < branches.size(); i++) {
                turnTo(lanes.get(i % used));
                branches.get(i).run();
            }
            complete = true;
        } finally {
            turnTo(lanes.get(0));
            stream.setBranching(false);
            join(used, complete);
        }
    }

    private void turnTo(Lane lane) {
        current = lane;
        stream.turnTo(lane.stream());
    }

    /** The others' work from here on comes after what lane 0 has now. */
    private void fork(int used) {
        CUstream origin = stream.handle();
        stream.check(JCudaDriver.cuEventRecord(fork, origin), "cuEventRecord");
        for (int i = 1; i < used; i++) {
            stream.check(JCudaDriver.cuStreamWaitEvent(lanes.get(i).stream(), fork, NO_FLAGS), "cuStreamWaitEvent");
        }
        stream.setBranching(true);
    }

    /** Lane 0's work from here on comes after what the others have now; after a failure, told by it, as far as that goes. */
    private void join(int used, boolean checked) {
        if (checked) stream.begin("joining branches");
        for (int i = 1; i < used; i++) {
            Lane lane = lanes.get(i);
            int recorded = JCudaDriver.cuEventRecord(lane.done(), lane.stream());
            if (checked) stream.check(recorded, "cuEventRecord");
            int waiting = JCudaDriver.cuStreamWaitEvent(stream.handle(), lane.done(), NO_FLAGS);
            if (checked) stream.check(waiting, "cuStreamWaitEvent");
        }
    }

    /** Waits for all work so far. */
    void synchronize() {
        for (int i = 0; i < lanes.size(); i++) {
            turnTo(lanes.get(i));
            stream.synchronize();
        }
        turnTo(lanes.get(0));
    }
}
