package dev.duet.backend.cuda;

import dev.duet.backend.Rows;
import dev.duet.tensor.Tensor;

/** Where the first of some rows lies in device memory. */
final class RowsPointer {
    private RowsPointer() {}

    /** @param tensor value or gradient of the rows' variable, float32; {@code null} gives 0 */
    static long of(Tensor tensor, Rows rows) {
        return tensor == null ? 0 : CudaTensor.float32(tensor).address() + (long) rows.offset() * Float.BYTES;
    }
}
