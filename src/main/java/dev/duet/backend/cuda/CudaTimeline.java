package dev.duet.backend.cuda;

import dev.duet.backend.Timeline;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** Marks as events on the stream. */
final class CudaTimeline implements Timeline {
    private final CudaStream stream;
    private final CUevent[] events;
    private final float[] millis = new float[1];

    CudaTimeline(CudaContext context, int marks) {
        stream = context.stream();
        events = new CUevent[marks];
        for (int i = 0; i < marks; i++) events[i] = context.event(CUevent_flags.CU_EVENT_DEFAULT);
    }

    @Override
    public void mark(int mark) {
        stream.begin("setting a mark");
        stream.requireRunning();
        stream.check(JCudaDriver.cuEventRecord(events[mark], stream.handle()), "cuEventRecord");
    }

    @Override
    public double nanos(int from, int to) {
        stream.begin("reading marks");
        stream.requireRunning();
        stream.check(JCudaDriver.cuEventSynchronize(events[from]), "cuEventSynchronize");
        stream.check(JCudaDriver.cuEventSynchronize(events[to]), "cuEventSynchronize");
        stream.check(JCudaDriver.cuEventElapsedTime(millis, events[from], events[to]), "cuEventElapsedTime");
        return millis[0] * 1e6;
    }
}
