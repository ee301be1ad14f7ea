package dev.duet.backend.cpu;

import java.util.function.IntConsumer;

/** A copy of a weight with each of its matrices transposed; calling it with a block's index refreshes that block. */
final class TransposedWeights implements IntConsumer {
    private final CpuTensor weight;
    private final long address;
    private final int blocks;
    private final int rows;
    private final int columns;

    TransposedWeights(CpuMemory memory, CpuTensor weight, int blocks, int rows, int columns) {
        this.weight = weight;
        this.blocks = blocks;
        this.rows = rows;
        this.columns = columns;
        long bytes = (long) blocks * rows * columns * Float.BYTES;
        address = CpuKernels.addressOf(memory.allocate("a transposed copy of " + weight.name(), bytes));
    }

    boolean isOf(CpuTensor other, int otherBlocks) {
        return weight == other && blocks == otherBlocks;
    }

    long address() {
        return address;
    }

    int blocks() {
        return blocks;
    }

    @Override
    public void accept(int block) {
        CpuKernels.transpose(weight.address(), address, rows, columns, block, block + 1);
    }
}
