package dev.duet.profile;

import dev.duet.data.ImageSet;
import dev.duet.data.Resize;
import dev.duet.data.SyntheticDigits;
import dev.duet.run.RunConfig;
import java.nio.ByteBuffer;
import java.util.List;

/** Images for benchmarks, at each modality's size and channels: some drawn digits, again and again. */
public final class BenchImages {
    private static final int DRAWN = 1000;

    private BenchImages() {}

    /** @param count N of each modality */
    public static List<ImageSet> of(RunConfig config, int count) {
        return config.modalities().stream()
                .map(m -> repeated(drawn(m, config.seed()), count))
                .toList();
    }

    private static ImageSet drawn(RunConfig.Modality modality, long seed) {
        ImageSet set = modality.channels() == 1
                ? SyntheticDigits.handwriting(DRAWN, seed)
                : SyntheticDigits.houseNumbers(DRAWN, seed);
        return Resize.fit(set, modality.size(), modality.channels());
    }

    private static ImageSet repeated(ImageSet set, int count) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(Math.multiplyExact(count, set.imageBytes()));
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            pixels.put(set.image(i % set.count()));
            labels[i] = set.labels()[i % set.count()];
        }
        return new ImageSet(set.name(), set.height(), set.width(), set.channels(), pixels, labels, set.classes());
    }
}
