package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.assertj.core.api.SoftAssertions;

/**
 * How close a step must come to the golden one.
 *
 * @param loss relative error of the loss and its terms
 * @param gradient relative L2 error of each parameter's gradient
 * @param update relative L2 error of each parameter's change by Adam
 */
record GoldenCheck(double loss, double gradient, double update) {
    /** What the project asks of every backend against libtorch. */
    static final GoldenCheck STANDARD = new GoldenCheck(1e-5, 1e-4, 1e-4);

    /**
     * At full size: Adam's first step is the gradient's sign, so an element whose gradient is no larger than its rounding may
     * step the other way; two such of 131,072 make 0.008.
     */
    static final GoldenCheck FULL_SIZE = new GoldenCheck(1e-5, 1e-4, 2e-2);

    /** Against golden values computed in double: their rounding to float32. */
    static final GoldenCheck DOUBLE = new GoldenCheck(2e-7, 2e-7, 1e-4);

    void verify(GoldenStep step, GoldenTensors golden) {
        scalar("loss", step.loss(), golden);
        scalar("rec", step.reconstruction(), golden);
        scalar("kl", step.sharedKl(), golden);
        SoftAssertions softly = new SoftAssertions();
        step.gradients().forEach((name, gradient) -> {
            float[] before = golden.floats("value/" + name);
            float[] expectedUpdate = minus(golden.floats("updated/" + name), before);
            softly.assertThat(distance(gradient, golden.floats("gradient/" + name)))
                    .as("relative L2 error of the gradient of %s", name)
                    .isLessThan(this.gradient);
            softly.assertThat(distance(minus(step.updated().get(name), before), expectedUpdate))
                    .as("relative L2 error of Adam's change of %s", name)
                    .isLessThan(update);
        });
        softly.assertAll();
    }

    /** Compares {@code actual} with the golden scalar {@code name}. */
    void scalar(String name, double actual, GoldenTensors golden) {
        assertThat(actual).as(name).isCloseTo(golden.floats(name)[0], withinPercentage(100 * loss));
    }

    /** ‖actual − expected‖ / ‖expected‖; infinite where expected is zero and actual is not. */
    static double distance(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double error = norm(minus(actual, expected));
        return error == 0 ? 0 : error / norm(expected);
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) sum += (double) value * value;
        return Math.sqrt(sum);
    }

    private static float[] minus(float[] a, float[] b) {
        float[] difference = new float[a.length];
        for (int i = 0; i < a.length; i++) difference[i] = a[i] - b[i];
        return difference;
    }
}
