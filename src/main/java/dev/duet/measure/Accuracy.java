package dev.duet.measure;

import java.util.ArrayList;
import java.util.List;

/**
 * A share of right decisions as reports show it.
 *
 * @param n decisions
 * @param correct right ones
 * @param value correct / n, in [0, 1]; null without decisions
 * @param low lower end of the 95 % Wilson interval
 * @param high upper end
 * @param macro mean of the per-class values over the classes that occurred; null if none did
 * @param perClass one per class that can be true
 * @param confusion (true class, decided class) counts; a column more than classes where a judge knows others, last
 */
public record Accuracy(
        long n,
        long correct,
        Double value,
        double low,
        double high,
        Double macro,
        List<PerClass> perClass,
        List<List<Long>> confusion) {
    /**
     * @param name of the true class
     * @param n decisions about its members; the rest as for all
     */
    public record PerClass(String name, long n, long correct, Double value, double low, double high) {}

    /**
     * @param matrix over {@code classes}, and after them possibly one for "none of these"
     * @param classes names of the classes
     */
    public static Accuracy of(ConfusionMatrix matrix, List<String> classes) {
        List<PerClass> perClass = new ArrayList<>();
        List<List<Long>> confusion = new ArrayList<>();
        for (int c = 0; c < classes.size(); c++) {
            Confidence of = matrix.accuracy(c);
            perClass.add(new PerClass(
                    classes.get(c), of.trials(), of.successes(), finite(of.estimate()), of.low(), of.high()));
            List<Long> row = new ArrayList<>();
            for (int p = 0; p < matrix.classes(); p++) row.add(matrix.count(c, p));
            confusion.add(row);
        }
        Confidence all = matrix.accuracy();
        return new Accuracy(
                all.trials(),
                all.successes(),
                finite(all.estimate()),
                all.low(),
                all.high(),
                finite(matrix.macroAccuracy()),
                List.copyOf(perClass),
                List.copyOf(confusion));
    }

    /** {@code value}, or null where JSON has no number for it. */
    public static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
