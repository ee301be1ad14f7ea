package dev.duet.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.LikelihoodSpec.Kind;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Subset;
import dev.duet.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The joint model's networks over one parameter buffer. */
class JointVaeTest {
    private static final List<Integer> BOTH = List.of(0, 1);

    private static JointVae make(ReferenceBackend backend, int privateDim) {
        LikelihoodSpec bernoulli = LikelihoodSpec.of(Kind.BERNOULLI);
        LikelihoodSpec gaussian = LikelihoodSpec.of(Kind.GAUSSIAN);
        ModelSpec spec = new ModelSpec(
                List.of(
                        new ModalitySpec("mnist", 1, 32, bernoulli, 1, 0),
                        new ModalitySpec("svhn", 3, 32, gaussian, 1, privateDim)),
                64,
                List.of(32, 64, 128));
        LatentSpec latent = new LatentSpec(64, List.of(0, privateDim), List.of(new Subset(BOTH, 1, BOTH)), 0, false);
        return new JointVae(backend, spec, latent, 0);
    }

    private static int count(JointVae vae, String network) {
        return vae.parameters().specs().stream()
                .filter(p -> p.name().startsWith(network))
                .mapToInt(p -> p.shape().size())
                .sum();
    }

    @Test
    void theLabsModelHas1450884Parameters() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            JointVae lab = make(backend, 0);
            assertThat(count(lab, "encoder.mnist")).isEqualTo(544 + 32_832 + 131_200 + 262_272);
            assertThat(count(lab, "encoder.svhn")).isEqualTo(1_568 + 32_832 + 131_200 + 262_272);
            assertThat(count(lab, "decoder.mnist")).isEqualTo(133_120 + 131_136 + 32_800 + 513);
            assertThat(count(lab, "decoder.svhn")).isEqualTo(133_120 + 131_136 + 32_800 + 1_539);
            assertThat(count(lab, "")).isEqualTo(1_450_884);
        }
    }

    /** Two more rows of weights and a bias each for mu and logVar; two more columns in the decoder's first matrix. */
    @Test
    void aPrivateCodeWidensHeadAndDecoder() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            JointVae plain = make(backend, 0);
            JointVae wide = make(backend, 2);
            assertThat(count(wide, "encoder.svhn") - count(plain, "encoder.svhn"))
                    .isEqualTo(4 * (2048 + 1));
            assertThat(count(wide, "decoder.svhn") - count(plain, "decoder.svhn"))
                    .isEqualTo(2 * 2048);
            assertThat(count(wide, "encoder.mnist")).isEqualTo(count(plain, "encoder.mnist"));
        }
    }

    /** Encoders first, then decoders; each network finds its own parameters in the shared buffer. */
    @Test
    void networksFindTheirParameters() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            JointVae lab = make(backend, 0);
            assertThat(lab.parameters().specs())
                    .extracting(ParameterSpec::name)
                    .hasSize(32)
                    .doesNotHaveDuplicates()
                    .startsWith("encoder.mnist.0.weight")
                    .endsWith("decoder.svhn.3.bias");
            for (int m = 0; m < 2; m++)
                for (Network network : List.of(lab.encoder(m), lab.decoder(m)))
                    for (int i = 0; i < network.layers().size(); i++) {
                        assertThat(network.weight(lab.parameters(), i, 0)
                                        .value()
                                        .name())
                                .isEqualTo(network.name() + "." + i + ".weight");
                        assertThat(network.bias(lab.parameters(), i, 0).value().name())
                                .isEqualTo(network.name() + "." + i + ".bias");
                    }
        }
    }
}
