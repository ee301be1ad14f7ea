package dev.duet.backend;

import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.train.StageRig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole steps of stages of all kinds: terms and gradients. {@code ReferenceStageTest} judges the reference's. */
abstract class StageConformance extends Conformance {
    StageConformance(TestedBackend device) {
        super(device);
    }

    /** Of gradients: some twenty ops, one behind the other. */
    protected double stageTolerance() {
        return 10 * tolerance();
    }

    /** Of the terms, sums over many values whose errors partly cancel. */
    protected double termTolerance() {
        return stageTolerance();
    }

    @ParameterizedTest
    @EnumSource
    void terms(StageRig.Kind kind) {
        compare("terms of stage " + kind, termTolerance(), backend -> {
            StageRig rig = new StageRig(backend, kind);
            rig.step.forward();
            Results results = new Results();
            results.addEntries("term", backend, rig.step.terms());
            return results;
        });
    }

    @ParameterizedTest
    @EnumSource
    void gradients(StageRig.Kind kind) {
        compare("gradients of stage " + kind, stageTolerance(), backend -> {
            StageRig rig = new StageRig(backend, kind);
            rig.step.forward();
            rig.step.backward();
            Results results = new Results();
            for (int i = 0; i < rig.vae.parameters().specs().size(); i++)
                results.add(
                        "d." + rig.vae.parameters().specs().get(i).name(),
                        rig.vae.parameters().read(Slot.GRADIENT, i));
            return results;
        });
    }
}
