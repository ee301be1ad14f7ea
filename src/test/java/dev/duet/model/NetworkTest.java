package dev.duet.model;

import static dev.duet.backend.Activation.NONE;
import static dev.duet.backend.Activation.RELU;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which layers an encoder and a decoder are made of. */
class NetworkTest {
    private static final List<Integer> LAB = List.of(32, 64, 128);
    private static final Shape HEAD = Shape.of(128, 1, 1);
    private static final Shape CODE = Shape.of(64, 1, 1);

    private static Network encoder(int channels, int size) {
        return Network.encoder("encoder.x", Shape.of(channels, size, size), LAB, 128, 0);
    }

    private static Network decoder(int channels, int size) {
        return Network.decoder("decoder.x", Shape.of(channels, size, size), LAB, 64, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theLabsEncoderAt32Pixels(int channels) {
        assertThat(encoder(channels, 32).layers())
                .containsExactly(
                        new Conv2d(channels, 32, 4, 2, 1, RELU),
                        new Conv2d(32, 64, 4, 2, 1, RELU),
                        new Conv2d(64, 128, 4, 2, 1, RELU),
                        new Linear(Shape.of(128, 4, 4), HEAD, NONE));
        assertThat(encoder(channels, 32).layers().get(3).weightShape()).isEqualTo(Shape.of(128, 2048));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theLabsDecoderAt32Pixels(int channels) {
        assertThat(decoder(channels, 32).layers())
                .containsExactly(
                        new Linear(CODE, Shape.of(128, 4, 4), NONE),
                        new ConvTranspose2d(128, 64, 4, 2, 1, RELU),
                        new ConvTranspose2d(64, 32, 4, 2, 1, RELU),
                        new ConvTranspose2d(32, channels, 4, 2, 1, NONE));
        assertThat(decoder(channels, 32).layers().get(0).weightShape()).isEqualTo(Shape.of(2048, 64));
    }

    /** 28 halves to 14 and 7; 7 is odd, so the third stage keeps it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void at28PixelsTheThirdStageKeepsItsSide(int channels) {
        assertThat(encoder(channels, 28).layers())
                .containsExactly(
                        new Conv2d(channels, 32, 4, 2, 1, RELU),
                        new Conv2d(32, 64, 4, 2, 1, RELU),
                        new Conv2d(64, 128, 3, 1, 1, RELU),
                        new Linear(Shape.of(128, 7, 7), HEAD, NONE));
        assertThat(decoder(channels, 28).layers())
                .containsExactly(
                        new Linear(CODE, Shape.of(128, 7, 7), NONE),
                        new ConvTranspose2d(128, 64, 3, 1, 1, RELU),
                        new ConvTranspose2d(64, 32, 4, 2, 1, RELU),
                        new ConvTranspose2d(32, channels, 4, 2, 1, NONE));
    }

    @ParameterizedTest
    @CsvSource({"1, 32", "3, 32", "1, 28", "3, 28"})
    void layersFitEachOther(int channels, int size) {
        Shape shape = Shape.of(channels, size, size);
        for (LayerSpec layer : encoder(channels, size).layers()) shape = layer.output(shape);
        assertThat(shape).isEqualTo(HEAD);
        shape = CODE;
        for (LayerSpec layer : decoder(channels, size).layers()) shape = layer.output(shape);
        assertThat(shape).isEqualTo(Shape.of(channels, size, size));
    }

    @Test
    void parametersAreNamedByLayerWeightBeforeBias() {
        assertThat(encoder(1, 32).parameters())
                .extracting(ParameterSpec::name)
                .containsExactly(
                        "encoder.x.0.weight",
                        "encoder.x.0.bias",
                        "encoder.x.1.weight",
                        "encoder.x.1.bias",
                        "encoder.x.2.weight",
                        "encoder.x.2.bias",
                        "encoder.x.3.weight",
                        "encoder.x.3.bias");
        assertThat(decoder(3, 32).parameters().get(6).shape()).isEqualTo(Shape.of(32, 3, 4, 4));
        assertThat(decoder(3, 32).parameters().get(7).shape()).isEqualTo(Shape.of(3));
    }

    /** For each layer on the first lines of a network whether x and y have gradients. */
    private static List<String> gradients(int shard, boolean given, String... texts) {
        List<String> seen = new ArrayList<>();
        try (Backend backend = new ForwardingBackend(new ReferenceBackend()) {
            @Override
            public Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
                seen.add((x.grad() != null) + " → " + (y.grad() != null));
                return inner.layer(spec, x, weight, bias, y);
            }
        }) {
            Shape image = Shape.of(2, 4, 4);
            Network net = new Network("net", image, Layers.parse(List.of(texts), image), 0);
            ParameterBuffer parameters = backend.parameters(net.parameters(), 1);
            Variable x = backend.variable("x", image.batched(3), given);
            Chain chain = net.chain(backend, parameters, shard, 0, x, true);
            chain.forward();
            if (chain.output().grad() != null) chain.backward();
        }
        return seen;
    }

    @Test
    void whatHasNothingToLearnBeforeItHasNoWayBack() {
        String[] layers = {"standardise", "dropout 0.1", "conv 4 k3 s1 p1", "standardise", "norm"};
        assertThat(gradients(0, false, layers))
                .containsExactly("false → false", "false → true", "true → true", "true → true");
        assertThat(gradients(0, true, layers)).containsOnly("true → true");
        assertThat(gradients(ParameterBuffer.FROZEN, true, layers)).containsOnly("true → true");
        assertThat(gradients(ParameterBuffer.FROZEN, false, layers)).containsOnly("false → false");
        assertThat(gradients(0, false, "standardise", "residual"))
                .containsExactly("false → false", "false → true", "true → true", "true → true", "true → true");
        assertThat(gradients(ParameterBuffer.FROZEN, false, "residual")).containsOnly("false → false");
    }

    /** One 1×1 image through one stage and a head, by hand: the chain feeds each layer with the one before. */
    @Test
    void aChainComputesLayerAfterLayer() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            Network net = Network.encoder("e", Shape.of(1, 1, 1), List.of(2), 1, 0);
            ParameterBuffer parameters = backend.parameters(net.parameters(), 1);
            float[] kernel = new float[18]; // 2 outputs × 3×3, of which only the centre sees the image
            kernel[4] = 2;
            kernel[13] = -1;
            parameters.write(Slot.VALUE, 0, kernel);
            parameters.write(Slot.VALUE, 1, new float[] {1, 1});
            parameters.write(Slot.VALUE, 2, new float[] {10, 100});
            parameters.write(Slot.VALUE, 3, new float[] {-5});
            Variable x = Variable.constant(backend.tensor("x", Shape.of(2, 1, 1, 1)));
            backend.write(x.value(), new float[] {3, 0.5f});
            Chain chain = net.chain(backend, parameters, 0, 0, x, true);
            chain.forward();
            float[] y = new float[2];
            backend.read(chain.output().value(), y);
            // 3: relu(7) = 7, relu(−2) = 0; 0.5: relu(2) = 2, relu(0.5) = 0.5
            assertThat(y).containsExactly(10 * 7 + 0 - 5, 10 * 2 + 50 - 5);
            backend.write(chain.output().grad(), new float[] {1, 1});
            chain.backward();
            assertThat(parameters.read(Slot.GRADIENT, 2)).containsExactly(7 + 2, 0.5f);
            assertThat(parameters.read(Slot.GRADIENT, 1)).containsExactly(20, 100);
            assertThat(parameters.read(Slot.GRADIENT, 0)[13]).isEqualTo(50);
        }
    }
}
