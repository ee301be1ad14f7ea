package dev.duet.figures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One axis of a chart: a range of data values, linear or logarithmic, and the round values at which it is marked.
 *
 * @param low smallest value shown
 * @param high largest value shown, above {@code low}
 * @param log whether the axis is logarithmic; then {@code low} is positive
 * @param whole whether only whole numbers are marked, as befits epochs and counts
 */
record Axis(double low, double high, boolean log, boolean whole) {
    private static final double MARGIN = 0.04; // share of the range left free beyond the outermost values
    private static final double[] STEPS = {1, 2, 2.5, 5, 10};

    /** An axis for the finite (on a logarithmic axis, the positive) values of all arrays, with some air around. */
    static Axis over(Iterable<double[]> arrays, boolean log) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        boolean whole = true;
        for (double[] values : arrays) {
            for (double value : values) {
                if (!Double.isFinite(value) || (log && value <= 0)) continue;
                low = Math.min(low, value);
                high = Math.max(high, value);
                whole &= value == Math.rint(value);
            }
        }
        if (low > high) return log ? logarithmic(0.1, 1) : linear(0, 1, false);
        return log ? logarithmic(low, high) : linear(low, high, whole);
    }

    private static Axis linear(double low, double high, boolean whole) {
        double air = high > low ? MARGIN * (high - low) : Math.max(1e-3, Math.abs(high) / 2);
        return new Axis(low - air, high + air, false, whole);
    }

    private static Axis logarithmic(double low, double high) {
        double factor = StrictMath.pow(Math.max(high / low, 1.5), MARGIN);
        return new Axis(low / factor, high * factor, true, false);
    }

    /** Where the value lies: 0 at the low end, 1 at the high one; NaN where the axis has no place for it. */
    double share(double value) {
        if (!log) return (value - low) / (high - low);
        if (value <= 0) return Double.NaN;
        return (StrictMath.log(value) - StrictMath.log(low)) / (StrictMath.log(high) - StrictMath.log(low));
    }

    /** Round values within the range, about {@code wanted} of them. */
    List<Double> ticks(int wanted) {
        return log && high / low > 8 ? logTicks() : linearTicks(wanted);
    }

    private List<Double> linearTicks(int wanted) {
        double step = step((high - low) / wanted);
        if (whole) step = Math.max(1, Math.rint(step));
        List<Double> ticks = new ArrayList<>();
        for (long k = (long) Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.add(k * step);
        return ticks;
    }

    /** The smallest of 1, 2, 2.5, 5 times a power of ten that is at least {@code atLeast}. */
    private static double step(double atLeast) {
        double power = StrictMath.pow(10, Math.floor(StrictMath.log10(atLeast)));
        for (double step : STEPS) if (step * power >= atLeast * (1 - 1e-9)) return step * power;
        return 10 * power;
    }

    private List<Double> logTicks() {
        int from = (int) Math.floor(StrictMath.log10(low));
        int to = (int) Math.ceil(StrictMath.log10(high));
        double[] digits = to - from <= 3 ? new double[] {1, 2, 5} : new double[] {1};
        int every = Math.max(1, (to - from) / 8);
        List<Double> ticks = new ArrayList<>();
        for (int exponent = from; exponent <= to; exponent += every) {
            for (double digit : digits) {
                double tick = Double.parseDouble(digit + "e" + exponent);
                if (tick >= low && tick <= high) ticks.add(tick);
            }
        }
        return ticks;
    }

    /** The ticks as text, all with the same number of decimals unless logarithmic. */
    static List<String> labels(List<Double> ticks) {
        double largest = ticks.stream().mapToDouble(Math::abs).max().orElse(0);
        if (largest >= 1e7 || (largest > 0 && largest < 1e-4)) {
            return ticks.stream().map(Axis::scientific).toList();
        }
        if (geometric(ticks))
            return ticks.stream().map(tick -> decimal(tick, decimals(tick))).toList();
        int decimals = ticks.stream().mapToInt(Axis::decimals).max().orElse(0);
        return ticks.stream().map(tick -> decimal(tick, decimals)).toList();
    }

    private static boolean geometric(List<Double> ticks) {
        return ticks.size() > 2 && ticks.get(2) - ticks.get(1) > 1.5 * (ticks.get(1) - ticks.get(0));
    }

    private static int decimals(double tick) {
        for (int decimals = 0; decimals < 6; decimals++) {
            double scaled = tick * StrictMath.pow(10, decimals);
            if (Math.abs(scaled - Math.rint(scaled)) < 1e-6) return decimals;
        }
        return 6;
    }

    private static String decimal(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
        return text.startsWith("-") ? (text.matches("-[0.]*") ? text.substring(1) : "−" + text.substring(1)) : text;
    }

    private static String scientific(double value) {
        if (value == 0) return "0";
        int exponent = (int) Math.floor(StrictMath.log10(Math.abs(value)) + 1e-9);
        double mantissa = value / StrictMath.pow(10, exponent);
        return decimal(mantissa, decimals(Math.rint(mantissa * 100) / 100)) + "e" + exponent;
    }
}
