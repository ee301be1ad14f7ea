package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.model.JointVae;
import dev.duet.objective.TestBackends;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One whole step of narrow models against libtorch's autograd (tools/golden). */
class GoldenStepTest {
    static Stream<GoldenCase> cases() {
        return Stream.of(GoldenCase.narrowLab(), GoldenCase.cross(), GoldenCase.privateCodes());
    }

    static Stream<Arguments> casesOnBackends() {
        return cases().flatMap(spec -> Stream.of(TestBackends.values())
                .flatMap(backend -> Stream.of(1, 3).map(shards -> Arguments.of(spec, backend, shards))));
    }

    @ParameterizedTest(name = "{0} on {1} in {2} shards")
    @MethodSource("casesOnBackends")
    void stepAgreesWithLibtorch(GoldenCase spec, TestBackends maker, int shards) {
        GoldenFile golden = GoldenFile.load(spec.name());
        GoldenCheck check = maker == TestBackends.REFERENCE ? GoldenCheck.DOUBLE : GoldenCheck.STANDARD;
        try (Backend backend = maker.make()) {
            GoldenStep step = GoldenStep.run(backend, spec, golden, shards);
            check.verify(step, golden);
            step.terms().forEach((name, value) -> check.scalar("term/" + name, value, golden));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void parametersHaveLibtorchsShapes(GoldenCase spec) {
        GoldenFile golden = GoldenFile.load(spec.name());
        try (Backend backend = new ReferenceBackend()) {
            JointVae vae = new JointVae(backend, spec.model(), spec.latent(), 1);
            for (ParameterSpec parameter : vae.parameters().specs())
                assertThat(golden.shape("value/" + parameter.name()))
                        .as(parameter.name())
                        .isEqualTo(parameter.shape());
        }
    }

    /** The comparison itself can fail: another noise gives another gradient. */
    @Test
    void anotherNoiseIsNoticed() {
        GoldenFile golden = GoldenFile.load("lab");
        GoldenTensors noNoise =
                name -> name.equals("eps") ? new float[golden.floats(name).length] : golden.floats(name);
        try (Backend backend = new ReferenceBackend()) {
            GoldenStep step = GoldenStep.run(backend, GoldenCase.narrowLab(), noNoise, 1);
            String name = "encoder.mnist.3.weight";
            assertThat(GoldenCheck.distance(step.gradients().get(name), golden.floats("gradient/" + name)))
                    .isGreaterThan(1e-2);
        }
    }
}
