package dev.duet.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Elements {@code begin} to {@code end} − 1 of one parameter: as much as one thread updates at a time, copies included, while
 * it lies in its caches.
 *
 * @param parameter its number
 * @param offset of the parameter in the flat buffers
 * @param copies of the parameter, whose blocks no piece cuts
 */
record ParameterPiece(int parameter, int offset, int begin, int end, List<WeightCopy> copies) {
    /** Elements, roughly: enough pieces to share out evenly, and few enough calls. */
    private static final int SIZE = 1 << 15;

    /**
     * All of a parameter of {@code size} elements.
     *
     * @param row elements that no piece cuts, nor a block of a copy
     */
    static List<ParameterPiece> of(int parameter, int offset, int size, int row, List<WeightCopy> copies) {
        int block = copies.stream().mapToInt(WeightCopy::blockSize).max().orElse(row);
        int step = block * Math.max(1, SIZE / block);
        List<ParameterPiece> pieces = new ArrayList<>();
        for (int begin = 0; begin < size; begin += step) {
            pieces.add(new ParameterPiece(parameter, offset, begin, Math.min(begin + step, size), copies));
        }
        return pieces;
    }

    void refreshCopies() {
        for (int i = 0; i < copies.size(); i++) copies.get(i).refresh(begin, end);
    }
}
