package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Between what networks compute, float32 (N, C, H, W) in [0, 1], and what people look at, uint8 HWC. */
public final class Pictures {
    private Pictures() {}

    /**
     * Image {@code index} of a batch, rounded to uint8.
     *
     * @param values (N, C, H, W); values outside [0, 1] are clamped, NaN becomes 0
     * @param image (C, H, W)
     */
    public static Png.Image of(float[] values, int index, Shape image) {
        int channels = image.get(0);
        int area = image.get(1) * image.get(2);
        byte[] out = new byte[image.size()];
        int first = index * out.length;
        for (int c = 0; c < channels; c++) {
            for (int p = 0; p < area; p++) {
                float value = Math.max(0, Math.min(1, values[first + c * area + p]));
                out[p * channels + c] = (byte) Math.round(255 * value);
            }
        }
        return new Png.Image(image.get(2), image.get(1), channels, out);
    }

    /** All images of a batch {@code values}, (N, C, H, W), rounded to uint8. */
    public static List<Png.Image> all(float[] values, Shape image) {
        return IntStream.range(0, values.length / image.size())
                .mapToObj(i -> of(values, i, image))
                .toList();
    }

    /** Image {@code index} of a data set, as it is. */
    public static Png.Image of(ImageSet set, int index) {
        return new Png.Image(set.width(), set.height(), set.channels(), set.image(index));
    }

    /** (C, H, W) of the images of a set. */
    public static Shape shape(ImageSet set) {
        return Shape.of(set.channels(), set.height(), set.width());
    }

    /**
     * Images as a network takes them.
     *
     * @param indices which images of the set
     * @param from,count range of {@code indices}
     * @return (count, C, H, W) in [0, 1]
     */
    public static float[] floats(ImageSet set, int[] indices, int from, int count) {
        float[] out = new float[count * set.imageBytes()];
        for (int i = 0; i < count; i++) floats(set, indices[from + i], out, i * set.imageBytes());
        return out;
    }

    /** {@link #floats(ImageSet, int[], int, int)}, image by image on all workers. */
    static float[] floats(ImageSet set, int[] indices, int from, int count, Workers workers) {
        float[] out = new float[count * set.imageBytes()];
        workers.run(count, i -> floats(set, indices[from + i], out, i * set.imageBytes()));
        return out;
    }

    /** Image {@code index} as a network takes it into {@code out} from {@code at} on, CHW in [0, 1]. */
    static void floats(ImageSet set, int index, float[] out, int at) {
        byte[] pixels = set.image(index);
        int channels = set.channels();
        int area = set.height() * set.width();
        for (int p = 0; p < area; p++) {
            for (int c = 0; c < channels; c++) out[at + c * area + p] = (pixels[p * channels + c] & 255) / 255f;
        }
    }
}
