package dev.duet.model;

import static dev.duet.backend.Activation.NONE;
import static dev.duet.backend.Activation.RELU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Dropout;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.LayerSpec.MaxPool;
import dev.duet.backend.LayerSpec.Norm;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers from texts, and what is said of texts that are wrong. */
class LayersTest {
    private static final Shape IMAGE = Shape.of(3, 32, 32);

    private static Layer layer(LayerSpec spec) {
        return new Layer(spec);
    }

    @Test
    void eachKindOfLayer() {
        Shape features = Shape.of(96, 1, 1);
        assertThat(Layers.parse(
                        List.of(
                                "standardise",
                                "conv 64",
                                "norm relu",
                                "residual",
                                "conv 96 k3 s1 p1 relu",
                                "norm groups 3",
                                "residual groups 2",
                                "pool 2",
                                "dropout 0.3",
                                "linear 96 relu",
                                "dropout 0.5 channels",
                                "linear 128x4x4",
                                "up 24 relu",
                                "norm",
                                "  up  3   k3 s1 p1 "),
                        IMAGE))
                .containsExactly(
                        layer(new Norm(3, 1, false, NONE)),
                        layer(new Conv2d(3, 64, 4, 2, 1, NONE)),
                        layer(new Norm(64, 4, true, RELU)),
                        new Residual(64, 4),
                        layer(new Conv2d(64, 96, 3, 1, 1, RELU)),
                        layer(new Norm(96, 3, true, NONE)),
                        new Residual(96, 2),
                        layer(new MaxPool(2)),
                        layer(new Dropout(0.3, false, 0)),
                        layer(new Linear(Shape.of(96, 8, 8), features, RELU)),
                        layer(new Dropout(0.5, true, 1)),
                        layer(new Linear(features, Shape.of(128, 4, 4), NONE)),
                        layer(new ConvTranspose2d(128, 24, 4, 2, 1, RELU)),
                        layer(new Norm(24, 1, true, NONE)),
                        layer(new ConvTranspose2d(24, 3, 3, 1, 1, NONE)));
    }

    /** 56 / 16 = 3 groups would not be equal; 2 are. */
    @Test
    void groupsDivideTheirChannels() {
        assertThat(Layers.parse(List.of("conv 56", "norm"), IMAGE).get(1))
                .isEqualTo(layer(new Norm(56, 2, true, NONE)));
    }

    @Test
    void sitesOfDropoutsGoOnWhereANetworkBegins() {
        assertThat(Layers.parse(List.of("dropout 0", "dropout 0.1"), IMAGE, 7))
                .containsExactly(layer(new Dropout(0, false, 7)), layer(new Dropout(0.1, false, 8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "conf 64 | layer 2, 'conf 64': expected one of conv, up, linear, norm, standardise, residual, pool, dropout,"
                        + " got 'conf'",
                "conv | layer 2, 'conv': expected a number of channels, got nothing more",
                "conv x | expected a number of channels, got 'x'",
                "conv 0 | expected a number of channels, got '0'",
                "conv 64 k0 | expected a number of at least 1 behind 'k', got 'k0'",
                "conv 64 k3x | expected a number of at least 1 behind 'k', got 'k3x'",
                "conv 64 relu k3 | expected nothing after 'relu', got 'k3'",
                "conv 64 gelu | expected nothing after '64', got 'gelu'",
                "conv 64 k9 p0 | expected images of at least 9 × 9 pixels before it, got (8,4,4) (channels,height,width)",
                "up 64 k1 s1 p3 | expected a kernel that leaves pixels within the padding, got kernel 1",
                "norm groups 3 | expected groups that divide the 8 channels before it, got 3 groups",
                "norm groups | expected a number of groups, got nothing more",
                "pool 5 | expected images of at least 5 × 5 pixels before it, got (8,4,4)",
                "dropout 1 | expected a rate of at least 0 and below 1, got '1'",
                "dropout half | expected a rate of at least 0 and below 1, got 'half'",
                "linear 4x4 | expected a number of features, or images as channels x height x width such as 128x4x4, got '4x4'",
                "linear 4xx4 | got '4xx4'",
                "linear 99999999999 | got '99999999999'",
                "relu | expected one of conv, up,",
                "'' | layer 2, '': expected one of conv, up, linear, norm, standardise, residual, pool, dropout, got nothing more"
            })
    void wrongTextsAreToldWithTheirPlace(String text, String message) {
        assertThatThrownBy(() -> Layers.parse(List.of("conv 8 k8 s8 p0", text), IMAGE))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aResidualBlockNeedsPixels() {
        assertThatThrownBy(() -> Layers.parse(List.of("linear 64", "residual"), IMAGE))
                .hasMessageContaining(
                        "layer 2, 'residual': expected images of at least 2 × 2 pixels before it, got (64,1,1)");
    }

    @Test
    void parametersAreNamedByBlockAndOnlyWhereThereAreSome() {
        Network network = new Network(
                "n",
                IMAGE,
                Layers.parse(List.of("standardise", "conv 16", "pool 2", "residual", "dropout 0.1", "linear 4"), IMAGE),
                10);
        assertThat(network.parameters())
                .extracting(ParameterSpec::name)
                .containsExactly(
                        "n.1.weight",
                        "n.1.bias",
                        "n.3.conv1.weight",
                        "n.3.conv1.bias",
                        "n.3.norm1.weight",
                        "n.3.norm1.bias",
                        "n.3.conv2.weight",
                        "n.3.conv2.bias",
                        "n.3.norm2.weight",
                        "n.3.norm2.bias",
                        "n.5.weight",
                        "n.5.bias");
        assertThat(network.parameters().get(5).shape()).isEqualTo(Shape.of(16));
        assertThat(network.output()).isEqualTo(Shape.of(4, 1, 1));
        assertThat(network.layers()).hasSize(9);
    }
}
