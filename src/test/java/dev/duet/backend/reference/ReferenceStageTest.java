package dev.duet.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.tensor.Philox;
import dev.duet.train.StageRig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The gradient of a stage's whole step against central differences of its loss in double, along one random direction per
 * parameter; what does not learn has none.
 */
class ReferenceStageTest {
    private static final double STEP = 1e-5;

    private final ReferenceBackend backend = new ReferenceBackend();

    @ParameterizedTest
    @EnumSource
    void gradientsAreThoseOfTheLoss(StageRig.Kind kind) {
        StageRig rig = new StageRig(backend, kind);
        ParameterBuffer parameters = rig.vae.parameters();
        rig.step.forward();
        rig.step.backward();
        Philox.Sequence random = new Philox.Sequence(9, Philox.Stream.SYNTHETIC, 4);
        List<String> learnt = new ArrayList<>();
        for (int i = 0; i < parameters.specs().size(); i++) {
            String name = parameters.specs().get(i).name();
            RefTensor value = RefTensor.of(parameters.variable(i, 0).value());
            RefTensor gradient = RefTensor.of(parameters.variable(i, 0).grad());
            int size = value.shape().size();
            double[] direction = new double[size];
            double slope = 0;
            for (int j = 0; j < size; j++) {
                direction[j] = random.nextGaussian();
                slope += direction[j] * gradient.get(j);
            }
            if (learns(kind, name)) {
                double difference = (loss(rig, kind, value, direction, STEP) - loss(rig, kind, value, direction, -STEP))
                        / (2 * STEP);
                assertThat(slope).as(name).isCloseTo(difference, within(1e-6 * Math.max(1, Math.abs(difference))));
                assertThat(slope).as(name + " learns").isNotZero();
                learnt.add(name);
            } else {
                assertThat(parameters.read(Slot.GRADIENT, i)).as(name).containsOnly(0);
            }
        }
        assertThat(learnt).isNotEmpty();
    }

    private static boolean learns(StageRig.Kind kind, String parameter) {
        List<String> groups = kind.objective().learns();
        return groups.isEmpty() || groups.stream().anyMatch(group -> parameter.startsWith(group + "."));
    }

    private double loss(StageRig rig, StageRig.Kind kind, RefTensor value, double[] direction, double step) {
        for (int j = 0; j < direction.length; j++) value.set(j, value.get(j) + step * direction[j]);
        rig.step.forward();
        for (int j = 0; j < direction.length; j++) value.set(j, value.get(j) - step * direction[j]);
        RefTensor terms = RefTensor.of(rig.step.terms());
        double[] values = new double[terms.shape().size()];
        for (int k = 0; k < values.length; k++) values[k] = terms.get(k);
        return StageRig.loss(kind, values);
    }
}
