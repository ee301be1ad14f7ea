package dev.duet.backend;

import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.train.StageRig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole steps of stages of all kinds: terms and gradients. {@code ReferenceStageTest} judges the reference's. */
abstract class StageConformance extends Conformance {
    /** Some twenty ops, one behind the other. */
    protected double stageTolerance() {
        return 10 * tolerance();
    }

    @ParameterizedTest
    @EnumSource
    void stage(StageRig.Kind kind) {
        compare("stage " + kind, stageTolerance(), backend -> {
            StageRig rig = new StageRig(backend, kind);
            rig.step.forward();
            rig.step.backward();
            Results results = new Results();
            results.addEntries("term", backend, rig.step.terms());
            for (int i = 0; i < rig.vae.parameters().specs().size(); i++)
                results.add(
                        "d." + rig.vae.parameters().specs().get(i).name(),
                        rig.vae.parameters().read(Slot.GRADIENT, i));
            return results;
        });
    }
}
