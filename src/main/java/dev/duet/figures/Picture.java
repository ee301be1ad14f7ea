package dev.duet.figures;

import dev.duet.DuetException;
import dev.duet.data.ImageSet;

/**
 * One small image to draw.
 *
 * @param height rows, pixels
 * @param width columns, pixels
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param pixels uint8 in [0, 255], HWC: pixel (y, x, c) at (y·width + x)·channels + c
 */
@SuppressWarnings("ArrayRecordComponent") // a parcel of pixels, never compared
public record Picture(int height, int width, int channels, byte[] pixels) {
    public Picture {
        if (channels != 1 && channels != 3) {
            throw new DuetException("picture: expected 1 or 3 channels, got " + channels);
        }
        if (height < 1 || width < 1 || pixels.length != height * width * channels) {
            throw new DuetException("picture: expected " + height + "×" + width + "×" + channels + " = "
                    + height * width * channels + " bytes and at least one pixel, got " + pixels.length);
        }
    }

    /** Image {@code index} of a data set. */
    public static Picture of(ImageSet set, int index) {
        return new Picture(set.height(), set.width(), set.channels(), set.image(index));
    }

    /**
     * A picture from intensities as a decoder gives them.
     *
     * @param values CHW planes in [0, 1] from {@code offset} on; values outside are clamped, NaN becomes 0
     */
    public static Picture ofUnit(float[] values, int offset, int channels, int height, int width) {
        byte[] pixels = new byte[height * width * channels];
        int plane = height * width;
        for (int i = 0; i < plane; i++) {
            for (int c = 0; c < channels; c++) {
                float value = values[offset + c * plane + i];
                pixels[i * channels + c] = (byte) Math.round(255 * Math.max(0, Math.min(1, value)));
            }
        }
        return new Picture(height, width, channels, pixels);
    }

    /** Colour of pixel (y, x) as 0xRRGGBB. */
    int rgb(int y, int x) {
        int at = (y * width + x) * channels;
        int red = pixels[at] & 0xFF;
        if (channels == 1) return (red << 16) | (red << 8) | red;
        return (red << 16) | ((pixels[at + 1] & 0xFF) << 8) | (pixels[at + 2] & 0xFF);
    }
}
