package dev.duet.backend.cuda;

import dev.duet.backend.JoinShapes;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/** Readers of one variable: backward adds up their gradients, a launch for each reader but the first. */
final class ForkOp extends CudaOp {
    private final List<Launch> sums = new ArrayList<>();

    ForkOp(CudaContext context, Variable x, List<Variable> readers) {
        super(context, "fork of " + CudaTensor.of(x.value()));
        JoinShapes.checkFork(x, readers);
        if (x.grad() == null) return;
        CudaTensor dx = CudaTensor.of(x.grad());
        long[] gradients = readers.stream().mapToLong(r -> of(r, dx)).toArray();
        if (gradients.length == 1) {
            sums.add(AddOp.backward(context, dx, 0, gradients[0], dx.address(), 0));
            return;
        }
        for (int i = 1; i < gradients.length; i++) {
            long before = i == 1 ? gradients[0] : dx.address();
            sums.add(AddOp.launch(context, dx, before, gradients[i], dx.address(), false));
        }
    }

    private static long of(Variable reader, CudaTensor dx) {
        CudaTensor gradient = CudaTensor.of(reader.grad());
        return gradient.requireType(dx.type()).address();
    }

    @Override
    void runForward() {}

    @Override
    void runBackward() {
        for (int i = 0; i < sums.size(); i++) sums.get(i).run();
    }
}
