package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.data.ImageSet;
import dev.duet.data.ImageSets;
import dev.duet.data.Resize;
import dev.duet.data.Split;
import dev.duet.measure.Confidence;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Trains one judge and prints what it reads right. Arguments: folder of the data, {@code mnist} or {@code svhn}, {@code a} or
 * {@code b} or a file of {@link JudgeSettings} as JSON, seed, and {@code validation} or {@code test}. With the first a tenth of the training images, drawn by class from
 * seed 1, is held out and measured, and no test image is read; with the second it learns from all and the test images are
 * measured.
 */
public final class MeasureJudges {
    private static final int SIZE = 32; // as the presets have it

    private MeasureJudges() {}

    public static void main(String[] arguments) {
        Path data = Path.of(arguments[0]);
        boolean test = switch (arguments[4]) {
            case "test" -> true;
            case "validation" -> false;
            default -> throw new DuetException("expected validation or test, got " + arguments[4]);
        };
        ImageSet all = set(data, arguments[1], true);
        Split split = Split.stratified(all.labels(), 0.1, 1);
        ImageSet train = test ? all : subset(all, split.train());
        ImageSet measured = test ? set(data, arguments[1], false) : subset(all, split.validation());
        JudgeSettings settings = settings(arguments[2], train).withSeed(Long.parseLong(arguments[3]));
        try (Backend backend = new CpuBackend(Runtime.getRuntime().availableProcessors())) {
            long start = System.nanoTime();
            Judge judge = Judge.train(backend, train, settings, MeasureJudges::print, () -> false);
            double seconds = (System.nanoTime() - start) / 1e9;
            Confidence right = judge.accuracy(measured).accuracy();
            System.out.printf(
                    Locale.ROOT,
                    "%s %s seed %s %s: %.2f %% [%.2f, %.2f] of %d; %d epochs, %.0f s%n",
                    arguments[1],
                    arguments[2],
                    arguments[3],
                    arguments[4],
                    100 * right.estimate(),
                    100 * right.low(),
                    100 * right.high(),
                    right.trials(),
                    settings.epochs(),
                    seconds);
        }
    }

    private static JudgeSettings settings(String name, ImageSet train) {
        if (name.endsWith(".json"))
            return JsonMapper.shared().readValue(Path.of(name).toFile(), JudgeSettings.class);
        return switch (name) {
            case "a" -> JudgeSettings.a(train);
            case "b" -> JudgeSettings.b(train);
            default -> throw new DuetException("expected judge a or b or a .json file, got " + name);
        };
    }

    private static void print(int step, int steps, double loss) {
        if (step % (steps / 8) == 0) System.err.printf(Locale.ROOT, "step %d of %d, loss %.4f%n", step, steps, loss);
    }

    private static ImageSet set(Path data, String name, boolean train) {
        return switch (name) {
            case "mnist" -> Resize.fit(ImageSets.mnist(data, train), SIZE, 1);
            case "svhn" -> Resize.fit(ImageSets.svhn(data, train), SIZE, 3);
            default -> throw new DuetException("expected mnist or svhn, got " + name);
        };
    }

    private static ImageSet subset(ImageSet set, int[] indices) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(indices.length * set.imageBytes());
        byte[] labels = new byte[indices.length];
        IntStream.range(0, indices.length).forEach(i -> {
            pixels.put(i * set.imageBytes(), set.image(indices[i]));
            labels[i] = set.labels()[indices[i]];
        });
        return new ImageSet(set.name(), set.height(), set.width(), set.channels(), pixels, labels, set.classes());
    }
}
