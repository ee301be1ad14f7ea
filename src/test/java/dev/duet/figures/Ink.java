package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** What tests ask about a canvas. */
final class Ink {
    /** Where the pictures drawn by tests lie for people to look at. */
    private static final Path GALLERY = Path.of("target", "gallery");

    private Ink() {}

    /** Device pixels of the smallest rectangle around all that is not white: left, top, right and bottom, inclusive. */
    static int[] box(Canvas canvas) {
        int[] box = {Integer.MAX_VALUE, Integer.MAX_VALUE, -1, -1};
        for (int y = 0; y < canvas.height() * Canvas.SCALE; y++) {
            for (int x = 0; x < canvas.width() * Canvas.SCALE; x++) {
                if (canvas.pixel(x, y) == 0xFFFFFF) continue;
                box[0] = Math.min(box[0], x);
                box[1] = Math.min(box[1], y);
                box[2] = Math.max(box[2], x);
                box[3] = Math.max(box[3], y);
            }
        }
        return box;
    }

    /** How many device pixels of a layout rectangle have exactly the colour. */
    static int count(Canvas canvas, double x, double y, double w, double h, int argb) {
        int count = 0;
        for (int py = (int) (y * Canvas.SCALE); py < (y + h) * Canvas.SCALE; py++) {
            for (int px = (int) (x * Canvas.SCALE); px < (x + w) * Canvas.SCALE; px++) {
                if (canvas.pixel(px, py) == (argb & 0xFFFFFF)) count++;
            }
        }
        return count;
    }

    static int count(Canvas canvas, int argb) {
        return count(canvas, 0, 0, canvas.width(), canvas.height(), argb);
    }

    /** The colour, 0xRRGGBB, at a layout position. */
    static int at(Canvas canvas, double x, double y) {
        return canvas.pixel((int) (x * Canvas.SCALE), (int) (y * Canvas.SCALE));
    }

    /** Writes the picture to the gallery and asserts that nothing stands within {@code margin} layout pixels of an edge. */
    static void assertMargins(Canvas canvas, String name, int margin) {
        try {
            canvas.toPng(GALLERY.resolve(name + ".png"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int[] box = box(canvas);
        assertThat(box[0]).as("left ink of " + name).isGreaterThanOrEqualTo(margin * Canvas.SCALE);
        assertThat(box[1]).as("top ink of " + name).isGreaterThanOrEqualTo(margin * Canvas.SCALE);
        assertThat(box[2]).as("right ink of " + name).isLessThan((canvas.width() - margin) * Canvas.SCALE);
        assertThat(box[3]).as("bottom ink of " + name).isLessThan((canvas.height() - margin) * Canvas.SCALE);
    }
}
