package dev.duet.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Format {
    private Format() {}

    /** A duration such as {@code 8 s}, {@code 1:23} (min:s) or {@code 2:03:00} (h:min:s). */
    static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) return whole + " s";
        if (whole < 3600) return String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
        return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }

    /** A size in binary units to three digits or so: {@code 512 B}, {@code 9.3 MiB}, {@code 23.5 GiB}. */
    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        double value = (double) bytes;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }

    /** A rate to three digits or so: {@code 0.52}, {@code 48.1}, {@code 312}. */
    static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond >= 100 ? "%.0f" : perSecond >= 10 ? "%.1f" : "%.2f", perSecond);
    }
}
