package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.duet.backend.Backend;
import dev.duet.objective.TestBackends;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The lab's step at full size, batch 128, against the libtorch peer in DUET_PEER. Takes a minute, so only
 * {@code mvn -Ppeer test -Dtest=GoldenPeerTest} runs it.
 */
class GoldenPeerTest {
    private static final GoldenCase LAB = GoldenCase.lab(List.of(32, 64, 128), 64, 128, 1);

    private static GoldenPeer peer;

    @BeforeAll
    static void dump(@TempDir Path folder) throws Exception {
        assumeTrue(
                Boolean.getBoolean("duet.peer"), "the full-size golden step was not asked for: use the profile 'peer'");
        String peers = System.getenv("DUET_PEER");
        assumeTrue(
                peers != null,
                "the full-size golden step needs DUET_PEER, the folder that holds the peer libtorch-cpu/run");
        peer = GoldenPeer.dump(Path.of(peers), folder.resolve("step"));
    }

    @ParameterizedTest
    @EnumSource
    void fullStepAgreesWithThePeer(TestBackends maker) {
        try (Backend backend = maker.make()) {
            GoldenStep step = GoldenStep.run(backend, LAB, peer, backend.shards(LAB.batch()));
            assertThat(step.gradients()).hasSize(32);
            GoldenCheck.FULL_SIZE.verify(step, peer);
        }
    }
}
