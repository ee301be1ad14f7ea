package dev.duet.backend.cpu;

/** A copy of a weight as a product reads it, in blocks that are refreshed one by one. */
final class WeightCopy {
    /** In what order and type; each of the blocks, matrices (rows, columns), by itself. */
    enum Kind {
        /** (columns, rows) in float32. */
        TRANSPOSED(ElementType.FLOAT32),
        /** (rows / 2, columns, 2) in bfloat16: two rows side by side, which one instruction multiplies and adds up. */
        PAIRED(ElementType.BFLOAT16),
        /** (columns / 2, rows, 2) in bfloat16: the same of the transposed matrix. */
        TRANSPOSED_PAIRS(ElementType.BFLOAT16);

        private final ElementType type;

        Kind(ElementType type) {
            this.type = type;
        }

        /** The transposed copy that meets a source of type {@code source}. */
        static Kind transposed(ElementType source) {
            return source == ElementType.FLOAT32 ? TRANSPOSED : TRANSPOSED_PAIRS;
        }
    }

    private final CpuTensor weight;
    private final Kind kind;
    private final long address;
    private final int blocks;
    private final int rows;
    private final int columns;

    WeightCopy(CpuMemory memory, CpuTensor weight, Kind kind, int blocks, int rows, int columns) {
        this.weight = weight;
        this.kind = kind;
        this.blocks = blocks;
        this.rows = rows;
        this.columns = columns;
        long bytes = (long) blocks * rows * columns * kind.type.bytes;
        address = CpuKernels.addressOf(memory.allocate("a copy of " + weight.name(), bytes));
    }

    boolean isOf(CpuTensor other, Kind otherKind, int otherBlocks) {
        return isOf(other) && kind == otherKind && blocks == otherBlocks;
    }

    long address() {
        return address;
    }

    boolean isOf(CpuTensor other) {
        return weight == other;
    }

    /** Elements of a block. */
    int blockSize() {
        return rows * columns;
    }

    /** Copies elements {@code begin} to {@code end} − 1 of the weight, whole blocks. */
    void refresh(int begin, int end) {
        long source = weight.address();
        int first = begin / blockSize();
        int last = end / blockSize();
        switch (kind) {
            case TRANSPOSED -> CpuKernels.transpose(source, address, rows, columns, first, last);
            case PAIRED -> CpuKernels.pairRows(source, address, rows, columns, first, last);
            case TRANSPOSED_PAIRS -> CpuKernels.transposePairs(source, address, rows, columns, first, last);
        }
    }
}
