package dev.duet.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The centre lines of the digits, drawn for Duet. A glyph is written as strokes separated by {@code |}, each a list of
 * points x,y on a 100×100 grid, y down; a smooth curve runs through the points of a stroke, and corners arise where one
 * stroke ends and the next begins. A stroke that ends where it began is a closed loop.
 */
final class DigitSkeletons {
    /** Variants of each digit as people write it: [digit][variant]. */
    static final Skeleton[][] HANDWRITTEN = parse(new String[][] {
        {
            "52,8 26,18 16,50 26,84 50,92 74,82 84,48 74,18 52,8",
            "60,10 34,14 18,46 24,80 50,92 76,76 82,42 66,14 46,12 42,20",
            "50,8 30,20 24,50 32,82 52,92 70,80 76,48 68,18 50,8"
        },
        {"54,8 51,50 48,92", "60,8 46,92", "36,28 56,8|56,8 54,50 51,92", "50,8 50,92"},
        {
            "20,28 34,10 60,8 76,24 70,46 46,70 18,91|18,91 50,89 84,92",
            "20,30 34,11 60,9 74,26 62,54 40,80 24,90 17,82 28,74 52,84 84,90",
            "24,22 44,9 68,14 76,32 60,58 22,90|22,90 82,86"
        },
        {
            "20,18 44,8 70,14 76,30 62,44 42,48|42,48 68,52 82,68 72,86 46,92 18,82",
            "22,12 50,9 78,11|78,11 44,42|44,42 70,48 80,68 68,87 44,92 20,84",
            "24,20 46,8 68,16 66,36 46,46|46,46 72,54 76,76 54,92 22,84"
        },
        {
            "28,8 18,56|18,56 50,56 86,53|68,14 64,50 60,92",
            "66,8 40,38 14,66|14,66 50,65 88,62|66,8 64,50 63,92",
            "24,12 22,40 30,54 50,54 72,44|76,8 70,50 64,92"
        },
        {
            "32,12 27,46|27,46 50,40 74,50 80,68 68,86 44,92 20,84|32,12 56,12 80,9",
            "36,10 26,44|26,44 48,42 68,54 72,72 56,90 22,88|36,10 82,12"
        },
        {
            "64,8 38,28 22,60 28,86 52,92 74,80 74,60 54,52 34,60 24,72",
            "54,8 32,34 24,66 34,88 56,92 72,78 66,60 46,58 28,72",
            "74,14 50,16 28,38 20,68 34,90 60,90 76,74 66,56 42,56 24,68"
        },
        {
            "18,14 50,12 82,10|82,10 62,46 46,92",
            "16,18 20,11 50,12 80,11|80,11 66,40 54,92|38,52 76,48",
            "20,12 50,10 78,16|78,16 70,44 40,92"
        },
        {
            "70,20 50,8 28,18 32,36 54,49 74,66 70,86 48,92 26,84 26,66 46,50 70,34 70,20",
            "50,8 72,17 70,36 50,48 30,36 28,17 50,8|50,48 74,60 76,80 50,92 24,80 26,60 50,48"
        },
        {
            "74,24 56,9 32,16 24,38 38,52 60,46 74,24|74,24 72,56 64,92",
            "74,20 52,9 30,20 28,42 46,52 68,40 74,20|74,20 74,54 62,84 36,92",
            "70,14 44,10 26,28 34,48 56,46 72,26|72,20 66,56 58,92"
        }
    });

    /** The digits as signs show them: [digit][variant]. */
    static final Skeleton[][] PRINTED = parse(new String[][] {
        {"50,8 76,20 84,50 76,80 50,92 24,80 16,50 24,20 50,8"},
        {"32,26 54,8|54,8 54,92", "30,28 52,8|52,8 52,92|30,92 74,92"},
        {"18,30 28,13 50,8 74,15 80,34 68,54 44,72 18,92|18,92 84,92"},
        {
            "20,18 46,8 72,15 76,32 62,45 42,48|42,48 68,52 82,68 74,86 48,92 18,82",
            "18,10 80,10|80,10 46,42|46,42 72,48 82,68 72,86 46,92 18,84"
        },
        {"66,92 66,8|66,8 14,68|14,68 88,68"},
        {"78,10 28,10|28,10 24,46|24,46 50,39 76,48 82,68 72,86 46,92 18,84"},
        {"74,13 52,9 30,22 18,52 22,80 44,92 68,88 81,70 72,52 50,46 30,52 19,64"},
        {"16,10 84,10|84,10 60,46 42,92"},
        {"50,8 73,17 73,37 50,47 27,37 27,17 50,8|50,47 78,59 80,80 50,92 20,80 22,59 50,47"},
        {"26,87 48,91 70,78 82,48 78,20 56,8 32,12 19,30 28,48 50,54 70,48 81,36"}
    });

    /**
     * One glyph.
     *
     * @param points x and y alternating, of each different point, on the 100×100 grid
     * @param strokes indices of points in drawing order
     */
    record Skeleton(double[] points, int[][] strokes) {}

    private DigitSkeletons() {}

    private static Skeleton[][] parse(String[][] digits) {
        Skeleton[][] out = new Skeleton[digits.length][];
        for (int d = 0; d < digits.length; d++) {
            out[d] = new Skeleton[digits[d].length];
            for (int v = 0; v < out[d].length; v++) out[d][v] = parse(digits[d][v]);
        }
        return out;
    }

    /** Equal points become one, so that jitter keeps joined strokes joined. */
    private static Skeleton parse(String glyph) {
        List<String> different = new ArrayList<>();
        List<int[]> strokes = new ArrayList<>();
        for (String stroke : glyph.split("\\|")) {
            String[] points = stroke.split(" ");
            int[] indices = new int[points.length];
            for (int i = 0; i < points.length; i++) {
                if (!different.contains(points[i])) different.add(points[i]);
                indices[i] = different.indexOf(points[i]);
            }
            strokes.add(indices);
        }
        double[] xy = new double[2 * different.size()];
        for (int i = 0; i < different.size(); i++) {
            String[] pair = different.get(i).split(",");
            xy[2 * i] = Double.parseDouble(pair[0]);
            xy[2 * i + 1] = Double.parseDouble(pair[1]);
        }
        return new Skeleton(xy, strokes.toArray(int[][]::new));
    }
}
