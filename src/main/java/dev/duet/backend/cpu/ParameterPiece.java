package dev.duet.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Elements {@code begin} to {@code end} − 1 of one parameter: as much as one thread updates at a time, copies included, while
 * it lies in its caches.
 *
 * @param offset of the parameter in the flat buffers
 * @param copies of the parameter, whose blocks no piece cuts
 */
record ParameterPiece(int offset, int begin, int end, List<WeightCopy> copies) {
    /** Elements, roughly: enough pieces to share out evenly, and few enough calls. */
    private static final int SIZE = 1 << 15;

    /** All of a parameter of {@code size} elements. */
    static List<ParameterPiece> of(int offset, int size, List<WeightCopy> copies) {
        int block = copies.stream().mapToInt(WeightCopy::blockSize).max().orElse(1);
        int step = block * Math.max(1, SIZE / block);
        List<ParameterPiece> pieces = new ArrayList<>();
        for (int begin = 0; begin < size; begin += step) {
            pieces.add(new ParameterPiece(offset, begin, Math.min(begin + step, size), copies));
        }
        return pieces;
    }

    long firstFloat() {
        return (long) offset + begin;
    }

    long endFloat() {
        return (long) offset + end;
    }

    void refreshCopies() {
        for (int i = 0; i < copies.size(); i++) copies.get(i).refresh(begin, end);
    }
}
