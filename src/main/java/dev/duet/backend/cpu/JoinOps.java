package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.JoinShapes;
import dev.duet.backend.Op;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;

/** Where variables part and meet. None of them is a {@link CpuTensor#producer}: no layer's gradient is handed through them. */
final class JoinOps {
    private JoinOps() {}

    static Op fork(Variable x, List<Variable> readers) {
        JoinShapes.checkFork(x, readers);
        int type = CpuTensor.of(x.value()).type().code;
        long count = x.shape().size();
        long dx = CpuTensor.addressOf(x.grad());
        long[] gradients = readers.stream()
                .mapToLong(reader -> CpuTensor.addressOf(reader.grad()))
                .toArray();
        return new Op() {
            @Override
            public void forward() {}

            @Override
            public void backward() {
                if (dx == 0) return;
                if (gradients.length == 1) {
                    CpuKernels.gateCopy(type, 0, gradients[0], dx, count);
                    return;
                }
                CpuKernels.add(type, gradients[0], gradients[1], dx, count, 0);
                for (int i = 2; i < gradients.length; i++) CpuKernels.add(type, dx, gradients[i], dx, count, 0);
            }
        };
    }

    static Op add(Variable a, Variable b, Activation activation, Variable y) {
        JoinShapes.checkAdd(a, b, y);
        int type = CpuTensor.of(y.value()).type().code;
        int relu = activation == Activation.RELU ? 1 : 0;
        long count = y.shape().size();
        long sum = CpuTensor.addressOf(y.value());
        long gate = relu == 1 ? sum : 0;
        long first = CpuTensor.addressOf(a.value());
        long second = CpuTensor.addressOf(b.value());
        long dy = CpuTensor.addressOf(y.grad());
        long da = CpuTensor.addressOf(a.grad());
        long db = CpuTensor.addressOf(b.grad());
        return new Op() {
            @Override
            public void forward() {
                CpuKernels.add(type, first, second, sum, count, relu);
            }

            @Override
            public void backward() {
                NoGradient.check(dy != 0, "sum", y.value());
                if (da != 0) CpuKernels.gateCopy(type, gate, dy, da, count);
                if (db != 0) CpuKernels.gateCopy(type, gate, dy, db, count);
            }
        };
    }

    static Op concat(List<Variable> parts, Variable y) {
        JoinShapes.checkConcat(parts, y);
        Op[] copies = new Op[parts.size()];
        int first = 0;
        for (int i = 0; i < copies.length; i++) {
            copies[i] = columns(parts.get(i), y, first);
            first += parts.get(i).shape().get(1);
        }
        return Op.sequence(copies);
    }

    /** One part, whose columns are those from {@code first} on of {@code y}. */
    private static Op columns(Variable part, Variable y, int first) {
        int rows = y.shape().get(0);
        int columns = part.shape().get(1);
        int width = y.shape().get(1);
        long values = CpuTensor.floatsOf(part.value());
        long target = CpuTensor.floatsOf(y.value()) + (long) first * Float.BYTES;
        long dPart = CpuTensor.floatsOf(part.grad());
        long dTarget = y.grad() == null ? 0 : CpuTensor.floatsOf(y.grad()) + (long) first * Float.BYTES;
        return new Op() {
            @Override
            public void forward() {
                CpuKernels.copyColumns(values, columns, target, width, rows, columns);
            }

            @Override
            public void backward() {
                NoGradient.check(dTarget != 0, "concatenation", y.value());
                if (dPart != 0) CpuKernels.copyColumns(dTarget, width, dPart, columns, rows, columns);
            }
        };
    }

    static Op zero(Tensor tensor) {
        long address = CpuTensor.addressOf(tensor);
        return () -> CpuKernels.zero(address, tensor.bytes());
    }
}
