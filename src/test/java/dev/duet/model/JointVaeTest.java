package dev.duet.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.LikelihoodSpec.Kind;
import dev.duet.backend.ParameterBuffer.Slot;
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

    /** PyTorch's initialisation, but for the logVar of the shared code in the heads: those of both encoders at columns 64 to 127. */
    @Test
    void expertsMayBeginNarrow() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            JointVae plain = make(backend, 2);
            Initialiser.uniform(plain.parameters(), 5);
            JointVae same = make(backend, 2);
            same.initialise(5, 0);
            JointVae narrow = make(backend, 2);
            narrow.initialise(5, -6);
            List<ParameterSpec> specs = plain.parameters().specs();
            for (int i = 0; i < specs.size(); i++) {
                String name = specs.get(i).name();
                float[] expected = plain.parameters().read(Slot.VALUE, i);
                assertThat(same.parameters().read(Slot.VALUE, i)).as(name).isEqualTo(expected);
                if (name.equals("encoder.mnist.3.bias") || name.equals("encoder.svhn.3.bias"))
                    for (int j = 64; j < 128; j++) expected[j] -= 6;
                assertThat(narrow.parameters().read(Slot.VALUE, i)).as(name).isEqualTo(expected);
            }
        }
    }

    /** An encoder of its own for the private code begins as ever; the shared code's has the last bias before it. */
    @Test
    void privateEncodersBeginAsEver() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            ModalitySpec own = new ModalitySpec(
                    "own",
                    1,
                    8,
                    LikelihoodSpec.of(Kind.BERNOULLI),
                    1,
                    3,
                    List.of("conv 4", "norm", "linear 6 relu"),
                    List.of("conv 4"),
                    List.of(),
                    AugmentSpec.NONE,
                    AugmentSpec.NONE);
            ModelSpec spec = new ModelSpec(List.of(own), 2, List.of(4));
            LatentSpec latent = new LatentSpec(2, List.of(3), List.of(new Subset(List.of(0), 1, List.of(0))), 0, false);
            JointVae plain = new JointVae(backend, spec, latent, 0);
            Initialiser.uniform(plain.parameters(), 5);
            JointVae narrow = new JointVae(backend, spec, latent, 0);
            narrow.initialise(5, -6);
            for (int i = 0; i < plain.parameters().specs().size(); i++) {
                String name = plain.parameters().specs().get(i).name();
                float[] expected = plain.parameters().read(Slot.VALUE, i);
                if (name.equals("encoder.own.3.bias")) for (int j = 2; j < 4; j++) expected[j] -= 6;
                assertThat(narrow.parameters().read(Slot.VALUE, i)).as(name).isEqualTo(expected);
            }
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
