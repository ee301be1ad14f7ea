package dev.duet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PyTorch's default: uniform in ±1/√fanIn. */
class InitialiserTest {
    private static final List<Integer> WIDTHS = List.of(32, 64);

    private final ReferenceBackend backend = new ReferenceBackend();
    private final List<ParameterSpec> specs = specs();

    private static List<ParameterSpec> specs() {
        Shape image = Shape.of(3, 16, 16);
        List<ParameterSpec> specs =
                new ArrayList<>(Network.encoder("e", image, WIDTHS, 32, 0).parameters());
        specs.addAll(Network.decoder("d", image, WIDTHS, 16, 0).parameters());
        return specs;
    }

    private ParameterBuffer initialised(long seed) {
        ParameterBuffer parameters = backend.parameters(specs, 0);
        Initialiser.uniform(parameters, seed);
        return parameters;
    }

    private int index(String name) {
        return specs.stream().map(ParameterSpec::name).toList().indexOf(name);
    }

    /** Fan-in: in·k² of a convolution, in of a matrix, out·k² of a transposed convolution. */
    @ParameterizedTest
    @CsvSource({
        "e.0.weight, 48",
        "e.0.bias, 48",
        "e.1.weight, 512",
        "e.1.bias, 512",
        "e.2.weight, 1024",
        "e.2.bias, 1024",
        "d.0.weight, 16",
        "d.0.bias, 16",
        "d.1.weight, 512",
        "d.1.bias, 512",
        "d.2.weight, 48",
        "d.2.bias, 48"
    })
    void valuesFillTheBoundOfTheirFanIn(String name, int fanIn) {
        float[] values = initialised(5).read(Slot.VALUE, index(name));
        double bound = 1 / Math.sqrt(fanIn);
        double max = 0;
        double square = 0;
        for (float value : values) {
            max = Math.max(max, Math.abs(value));
            square += (double) value * value / values.length;
        }
        assertThat(max).isLessThanOrEqualTo(bound);
        if (values.length < 500) return; // too few for moments
        assertThat(max).isGreaterThan(0.98 * bound);
        assertThat(Math.sqrt(square)).isCloseTo(bound / Math.sqrt(3), within(0.05 * bound));
    }

    @Test
    void normalisationsBeginAsTheIdentity() {
        Shape image = Shape.of(3, 16, 16);
        Network network = new Network("n", image, Layers.parse(List.of("conv 8", "norm groups 2"), image), 0);
        ParameterBuffer parameters = backend.parameters(network.parameters(), 0);
        Initialiser.uniform(parameters, 5);
        assertThat(parameters.read(Slot.VALUE, 2)).containsOnly(1).hasSize(8);
        assertThat(parameters.read(Slot.VALUE, 3)).containsOnly(0).hasSize(8);
        assertThat(parameters.read(Slot.VALUE, 1)).doesNotContain(0);
    }

    @Test
    void theMeanIsZero() {
        float[] values = initialised(5).read(Slot.VALUE, index("d.1.weight"));
        double sum = 0;
        for (float value : values) sum += value;
        double standardError = 1 / Math.sqrt(512) / Math.sqrt(3.0 * values.length);
        assertThat(sum / values.length).isCloseTo(0, within(4 * standardError));
    }

    @Test
    void theSeedDecidesEveryValue() {
        ParameterBuffer first = initialised(5);
        ParameterBuffer again = initialised(5);
        ParameterBuffer other = initialised(6);
        for (int i = 0; i < specs.size(); i++) {
            assertThat(again.read(Slot.VALUE, i)).isEqualTo(first.read(Slot.VALUE, i));
            assertThat(other.read(Slot.VALUE, i)).as(specs.get(i).name()).isNotEqualTo(first.read(Slot.VALUE, i));
        }
    }

    /** Two parameters of one shape and bound draw different numbers. */
    @Test
    void parametersDrawIndependently() {
        ParameterBuffer parameters = initialised(5);
        float[] wide = parameters.read(Slot.VALUE, index("e.1.weight")); // (64, 32, 4, 4), fan-in 512
        float[] transposed = parameters.read(Slot.VALUE, index("d.1.weight")); // likewise
        assertThat(transposed).hasSameSizeAs(wide).isNotEqualTo(wide);
    }
}
