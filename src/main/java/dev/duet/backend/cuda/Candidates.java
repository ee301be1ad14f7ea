package dev.duet.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.jcudnn.cudnnDeterminism;

/** The algorithms that cuDNN lists for one product of a convolution, in its order, the best first. */
final class Candidates {
    /** More than cuDNN has for any direction. */
    static final int ROOM = 16;

    /**
     * @param algorithm cuDNN's number in its direction
     * @param bytes of workspace
     * @param deterministic whether the same input gives the same bits each time
     */
    record Candidate(int algorithm, long bytes, boolean deterministic) {}

    /** Where cuDNN says how many it lists. */
    final int[] count = new int[1];

    private final List<Candidate> usable = new ArrayList<>();

    /** One entry of cuDNN's list; dropped if {@code status} says that it does not work here. */
    void add(int algorithm, int status, long bytes, int determinism) {
        if (status != Cuda.SUCCESS) return;
        usable.add(new Candidate(algorithm, bytes, determinism == cudnnDeterminism.CUDNN_DETERMINISTIC));
    }

    /** Those within {@code limit} bytes and, unless {@code fast}, deterministic. */
    List<Candidate> within(long limit, boolean fast) {
        return usable.stream()
                .filter(c -> c.bytes <= limit && (fast || c.deterministic))
                .toList();
    }
}
