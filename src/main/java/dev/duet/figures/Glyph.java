package dev.duet.figures;

import java.util.ArrayList;
import java.util.List;

/**
 * One character of the stroke font, in units of 1/20 of the font size from the pen position on the baseline, y up.
 *
 * @param segments (n, 4): x and y of both ends of each stroke segment
 * @param dots (n, 2): x and y of each dot
 * @param advance how far the pen moves
 */
record Glyph(List<double[]> segments, List<double[]> dots, double advance) {
    private static final double FIGURE_ADVANCE = 11.4;
    private static final int ARC_STEP_DEGREES = 9;
    private static final double ROUNDNESS = 2 / 2.3; // ovals are superellipses |x|^2.3 + |y|^2.3 = 1, a little squarish

    /** Reads one entry of {@code glyphs.txt}, which states the notation. */
    static Glyph parse(String sides, String strokes) {
        Parser parser = new Parser(strokes.split(" "));
        while (parser.next < parser.tokens.length) parser.command();
        return parser.place(sides);
    }

    private static final class Parser {
        private final String[] tokens;
        private final List<double[]> segments = new ArrayList<>();
        private final List<double[]> dots = new ArrayList<>();
        private double[] pen; // null while lifted
        private int next;

        Parser(String[] tokens) {
            this.tokens = tokens;
        }

        void command() {
            switch (tokens[next]) {
                case "M" -> {
                    pen = null;
                    next++;
                }
                case "A" -> {
                    next++;
                    arc(pair(), pair(), pair());
                }
                case "O" -> {
                    pen = null;
                    next++;
                    arc(pair(), pair(), new double[] {0, 360});
                }
                case "D" -> {
                    next++;
                    dots.add(pair());
                }
                default -> drawTo(pair());
            }
        }

        private double[] pair() {
            String[] parts = tokens[next++].split(",");
            return new double[] {Double.parseDouble(parts[0]), Double.parseDouble(parts[1])};
        }

        private void drawTo(double[] point) {
            if (pen != null) segments.add(new double[] {pen[0], pen[1], point[0], point[1]});
            pen = point;
        }

        private void arc(double[] centre, double[] radii, double[] degrees) {
            int steps = (int) Math.ceil(Math.abs(degrees[1] - degrees[0]) / ARC_STEP_DEGREES);
            for (int i = 0; i <= steps; i++) {
                double angle = StrictMath.toRadians(degrees[0] + (degrees[1] - degrees[0]) * i / steps);
                drawTo(new double[] {
                    centre[0] + radii[0] * squarish(StrictMath.cos(angle)),
                    centre[1] + radii[1] * squarish(StrictMath.sin(angle))
                });
            }
        }

        private static double squarish(double x) {
            return Math.signum(x) * StrictMath.pow(Math.abs(x), ROUNDNESS);
        }

        /** Shifts the strokes right by the left gap and finds the advance. */
        Glyph place(String sides) {
            double left = Double.POSITIVE_INFINITY;
            double right = Double.NEGATIVE_INFINITY;
            for (double[] s : segments) {
                left = Math.min(left, Math.min(s[0], s[2]));
                right = Math.max(right, Math.max(s[0], s[2]));
            }
            for (double[] dot : dots) {
                left = Math.min(left, dot[0]);
                right = Math.max(right, dot[0]);
            }
            boolean figure = sides.equals("##");
            double shift = (figure ? (FIGURE_ADVANCE - right + left) / 2 : gap(sides.charAt(0))) - left;
            for (double[] s : segments) {
                s[0] += shift;
                s[2] += shift;
            }
            for (double[] dot : dots) dot[0] += shift;
            return new Glyph(segments, dots, figure ? FIGURE_ADVANCE : right + shift + gap(sides.charAt(1)));
        }

        /** Units from the middle of the outermost stroke to the edge of the glyph's cell. */
        private static double gap(char side) {
            return switch (side) {
                case 'S' -> 2.1;
                case 'R' -> 1.75;
                default -> 1.15;
            };
        }
    }
}
