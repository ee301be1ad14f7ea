package dev.duet.figures;

import java.util.Locale;

/**
 * The colours of all figures, 0xAARRGGBB. The ten class colours were found by a random search of ours that maximises the
 * smallest OKLab distance of any two of them: at least 0.19 for normal sight and 0.12 for protanopes and deuteranopes as
 * simulated after Machado, Oliveira, Fernandes (2009); PaletteTest recomputes the figures.
 */
public final class Palette {
    public static final int PAPER = 0xFFFFFFFF;
    public static final int INK = 0xFF1F2430;
    public static final int MUTED = 0xFF5B6372;
    public static final int GRID = 0xFFE4E7EC;
    public static final int AXIS = 0xFF9AA1AD;
    public static final int RIGHT = 0xFF147A3D;
    public static final int WRONG = 0xFFC2261D;

    private static final int[] CLASSES = {
        0xFF015ACA, 0xFFF0A705, 0xFF008C02, 0xFF570088, 0xFFFF9DFF,
        0xFF61A2A8, 0xFF964973, 0xFF1EE8A3, 0xFF9975F9, 0xFF2B4701
    };

    private Palette() {}

    /** Colour of class or series {@code index}; they repeat after ten. */
    public static int of(int index) {
        return CLASSES[index % CLASSES.length];
    }

    /** The colour with another opacity in [0, 1]. */
    public static int translucent(int argb, double opacity) {
        return ((int) Math.round(opacity * 255) << 24) | (argb & 0xFFFFFF);
    }

    /** The colour as CSS writes it, #RRGGBB. */
    static String css(int argb) {
        return String.format(Locale.ROOT, "#%06X", argb & 0xFFFFFF);
    }
}
