package dev.duet.eval;

import dev.duet.data.ImageSet;
import dev.duet.tensor.Philox;
import java.nio.ByteBuffer;
import java.util.List;

/** Image sets of up to four classes that nobody can confuse: class k has a bright quadrant k, over seeded noise. */
final class Quadrants {
    static final List<String> CLASSES = List.of("nw", "ne", "sw", "se");

    private Quadrants() {}

    /** {@code count} images of side {@code size}; image i is of class i mod {@code classes.size()}. */
    static ImageSet set(String name, int count, int size, int channels, long seed, List<String> classes) {
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 0);
        ByteBuffer pixels = ByteBuffer.allocateDirect(count * size * size * channels);
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % classes.size());
            int quadrant = CLASSES.indexOf(classes.get(labels[i]));
            for (int y = 0; y < size; y++) {
                for (int x = 0; x < size; x++) {
                    boolean bright = y / (size / 2) * 2 + x / (size / 2) == quadrant;
                    for (int c = 0; c < channels; c++) pixels.put((byte) (random.nextInt(50) + (bright ? 200 : 0)));
                }
            }
        }
        return new ImageSet(name, size, size, channels, pixels.flip(), labels, classes);
    }

    static ImageSet set(String name, int count, int size, int channels, long seed) {
        return set(name, count, size, channels, seed, CLASSES);
    }
}
