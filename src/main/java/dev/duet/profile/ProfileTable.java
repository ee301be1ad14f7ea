package dev.duet.profile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A profile as text: one line per op and pass, those that take longest first, and the sum beside the whole step. */
final class ProfileTable {
    private static final String[] HEADER = {
        "op", "pass", "calls", "ms", "share", "GFLOP", "GFLOP/s", "of peak", "MB", "GB/s", "of peak"
    };

    private final Profile profile;
    private final Profile.Row total;

    private ProfileTable(Profile profile) {
        this.profile = profile;
        total = profile.total();
    }

    static String of(Profile profile) {
        return new ProfileTable(profile).text();
    }

    private String text() {
        List<String[]> lines = new ArrayList<>();
        lines.add(HEADER);
        for (Profile.Row row : profile.sorted()) {
            String pass = row.direction().name().toLowerCase(Locale.ROOT);
            lines.add(cells(row.name() + "  " + row.what(), pass, row));
        }
        lines.add(cells(total.name(), "", total));
        return profile.title() + " on " + profile.device() + "\npeaks measured in this run: "
                + profile.peaks().describe() + "\n\n" + aligned(lines) + "\n" + footer();
    }

    private String[] cells(String name, String pass, Profile.Row row) {
        Peaks peaks = profile.peaks();
        boolean counted = row.flop() > 0;
        return new String[] {
            name,
            pass,
            Integer.toString(row.calls()),
            number("%.4f", row.millis()),
            percent(row.millis() / total.millis()),
            counted ? number("%.4f", row.flop() * 1e-9) : "",
            counted ? number("%.1f", row.gflopPerSecond()) : "",
            counted ? percent(row.gflopPerSecond() / peaks.gflopPerSecond()) : "",
            number("%.3f", row.bytes() * 1e-6),
            number("%.2f", row.gbPerSecond()),
            percent(row.gbPerSecond() / peaks.gbPerSecond())
        };
    }

    /** Names to the left, numbers to the right. */
    private static String aligned(List<String[]> lines) {
        StringBuilder text = new StringBuilder();
        for (String[] line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < line.length; i++) {
                int column = i;
                int width =
                        lines.stream().mapToInt(l -> l[column].length()).max().orElse(0);
                String padding = " ".repeat(width - line[i].length());
                row.append(i == 0 ? "" : "  ").append(i < 2 ? line[i] + padding : padding + line[i]);
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private String footer() {
        String shards = profile.workers() == 1
                ? ""
                : " (shards run side by side: their times added up, divided by " + profile.workers() + " threads)";
        return String.format(
                Locale.ROOT,
                "medians of %d: all ops %.3f ms%s; the step op by op with marks %.3f ms; the step as it trains %.3f ms%n",
                profile.repeats(),
                total.millis(),
                shards,
                profile.profiledMillis(),
                profile.stepMillis());
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String percent(double share) {
        return number(share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * share);
    }
}
