package dev.duet.figures;

import dev.duet.Folders;
import dev.duet.data.Png;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import javax.imageio.ImageIO;

/**
 * An RGB image to draw on. Coordinates are layout pixels with y downwards; the image has {@link #SCALE} times as many
 * in each direction, so that it stays crisp on dense screens. Colours are 0xAARRGGBB. What lies outside is cut off.
 */
public final class Canvas {
    /** Device pixels per layout pixel. */
    public static final int SCALE = 2;

    private final int width;
    private final int height;
    private final int deviceWidth;
    private final int[] rgb; // (height·SCALE, width·SCALE), 0xRRGGBB
    private final Coverage coverage;

    /** A canvas of {@code width} × {@code height} layout pixels filled with {@code background}. */
    public Canvas(int width, int height, int background) {
        this.width = width;
        this.height = height;
        deviceWidth = width * SCALE;
        rgb = new int[deviceWidth * height * SCALE];
        Arrays.fill(rgb, background & 0xFFFFFF);
        coverage = new Coverage(deviceWidth, height * SCALE);
    }

    /** Layout pixels. */
    public int width() {
        return width;
    }

    /** Layout pixels. */
    public int height() {
        return height;
    }

    /** Colour 0xRRGGBB of a device pixel. */
    public int pixel(int deviceX, int deviceY) {
        return rgb[deviceY * deviceWidth + deviceX];
    }

    /** A rectangle, its edges moved to the nearest device pixels and at least one of them wide and high. */
    public void fillRect(double x, double y, double w, double h, int argb) {
        int left = device(x);
        int top = device(y);
        int right = Math.min(deviceWidth, Math.max(left + 1, device(x + w)));
        int bottom = Math.min(height * SCALE, Math.max(top + 1, device(y + h)));
        double alpha = (argb >>> 24) / 255.0;
        for (int py = Math.max(0, top); py < bottom; py++) {
            for (int px = Math.max(0, left); px < right; px++) {
                int at = py * deviceWidth + px;
                rgb[at] = Coverage.mix(rgb[at], argb, alpha);
            }
        }
    }

    /** The outline of a rectangle, drawn inwards from its edges. */
    public void strokeRect(double x, double y, double w, double h, double thickness, int argb) {
        fillRect(x, y, w, thickness, argb);
        fillRect(x, y + h - thickness, w, thickness, argb);
        fillRect(x, y + thickness, thickness, h - 2 * thickness, argb);
        fillRect(x + w - thickness, y + thickness, thickness, h - 2 * thickness, argb);
    }

    /** A straight line with round ends. */
    public void line(double x1, double y1, double x2, double y2, double thickness, int argb) {
        polyline(new double[] {x1, x2}, new double[] {y1, y2}, thickness, argb);
    }

    /** Line segments through the points; a point that is not finite leaves a gap, one alone between gaps is a dot. */
    public void polyline(double[] xs, double[] ys, double thickness, int argb) {
        for (int i = 0; i < xs.length; i++) {
            if (!finite(xs, ys, i)) continue;
            int to = finite(xs, ys, i + 1) ? i + 1 : i;
            stroke(xs[i], ys[i], xs[to], ys[to], thickness);
        }
        coverage.paint(rgb, argb);
    }

    /** A filled marker whose area is that of a circle of the given radius. */
    void marker(Marker marker, double x, double y, double radius, int argb) {
        coverage.addMarker(marker, x * SCALE, y * SCALE, radius * SCALE);
        coverage.paint(rgb, argb);
    }

    /** A filled circle. */
    public void circle(double x, double y, double radius, int argb) {
        marker(Marker.CIRCLE, x, y, radius, argb);
    }

    /** Adds a segment to the shape that {@link #paint} will draw. */
    void stroke(double x1, double y1, double x2, double y2, double thickness) {
        coverage.addSegment(x1 * SCALE, y1 * SCALE, x2 * SCALE, y2 * SCALE, thickness * SCALE / 2);
    }

    /** Draws the segments added by {@link #stroke} as one shape. */
    void paint(int argb) {
        coverage.paint(rgb, argb);
    }

    /** A picture with its upper left corner at (x, y), each of its pixels a square of {@code zoom} device pixels. */
    public void image(Png.Image picture, double x, double y, int zoom) {
        for (int row = 0; row < picture.height() * zoom; row++) {
            int py = device(y) + row;
            if (py < 0 || py >= height * SCALE) continue;
            for (int column = 0; column < picture.width() * zoom; column++) {
                int px = device(x) + column;
                if (px >= 0 && px < deviceWidth) rgb[py * deviceWidth + px] = rgb(picture, row / zoom, column / zoom);
            }
        }
    }

    /** The image as PNG. */
    public byte[] png() {
        BufferedImage image = new BufferedImage(deviceWidth, height * SCALE, BufferedImage.TYPE_INT_RGB);
        image.getRaster().setDataElements(0, 0, deviceWidth, height * SCALE, rgb);
        ImageIO.setUseCache(false);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, "png", out)) throw new IllegalStateException("this Java has no PNG writer");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Writes the PNG so that {@code file} is either whole or as it was before. */
    public void toPng(Path file) throws IOException {
        writeAtomically(file, png());
    }

    static void writeAtomically(Path file, byte[] bytes) throws IOException {
        Path target = file.toAbsolutePath();
        Folders.create(target.getParent());
        Path temporary = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            Files.write(temporary, bytes);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static boolean finite(double[] xs, double[] ys, int i) {
        return i < xs.length && Double.isFinite(xs[i]) && Double.isFinite(ys[i]);
    }

    private static int device(double layout) {
        return (int) Math.round(layout * SCALE);
    }

    /** Colour of pixel (y, x) as 0xRRGGBB. */
    private static int rgb(Png.Image picture, int y, int x) {
        int at = (y * picture.width() + x) * picture.channels();
        int red = picture.pixels()[at] & 0xFF;
        if (picture.channels() == 1) return (red << 16) | (red << 8) | red;
        return (red << 16) | ((picture.pixels()[at + 1] & 0xFF) << 8) | (picture.pixels()[at + 2] & 0xFF);
    }
}
