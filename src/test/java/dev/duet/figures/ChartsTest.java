package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Line, bar and heat map charts: where the colours lie, what the margins hold, the same bytes twice. */
class ChartsTest {
    private static final List<String> DIGITS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    @Test
    void aCurveRunsThroughItsPointsAndSkipsGaps() {
        double nan = Double.NaN;
        Canvas canvas = new LineChart("Loss", "epoch", "nats per pair")
                .series("train", new double[] {0, 1, 2, 3, 4}, new double[] {100, 100, nan, 100, 100})
                .series("validation", new double[] {0, 4}, new double[] {50, 50})
                .draw();
        Ink.assertMargins(canvas, "curve", 20);
        // y is 100 at the top and 50 at the bottom of the range, so both curves are level lines 92.6 % of the area
        // apart.
        int[] first = level(canvas, Palette.of(0));
        int[] second = level(canvas, Palette.of(1));
        assertThat(second[0] - first[0]).isBetween(600, 900);
        assertThat(first[1])
                .as("share of the width drawn, the gap being half of it")
                .isBetween(40, 60);
        assertThat(second[1]).isGreaterThan(95);
    }

    @Test
    void aLogarithmicChartLeavesOutWhatIsNotPositive() {
        double[] x = {1, 2, 3, 4};
        Canvas canvas = new LineChart("", "step", "")
                .series("loss", x, new double[] {1000, 100, 0, 10})
                .logY()
                .draw();
        Ink.assertMargins(canvas, "log", 20);
        assertThat(Ink.count(canvas, Palette.of(0))).isGreaterThan(1000);
    }

    @Test
    void longTitlesAndManySeriesStayInsideTheMargins() {
        String endless = "a title that goes on and on ".repeat(20);
        LineChart chart = new LineChart(endless, "x", endless);
        for (int i = 0; i < 12; i++)
            chart.series("series of a long name " + i, new double[] {0, 1}, new double[] {i, i});
        Ink.assertMargins(chart.draw(), "long", 20);
    }

    @Test
    void anEmptyChartIsDrawnToo() {
        Ink.assertMargins(new LineChart("Nothing yet", "epoch", "loss").draw(), "empty", 20);
    }

    @Test
    void barsEndAtTheirValuesAndReferencesCrossThem() {
        double[] values = {100, 50};
        Canvas canvas = new BarChart("Coherence", "judged right, %", List.of("zero", "one"))
                .series("mnist → svhn", values, new double[] {90, 40}, new double[] {100, 60})
                .reference("chance", 10)
                .draw();
        Ink.assertMargins(canvas, "bars", 20);
        int tall = columnInk(canvas, 0.30);
        int half = columnInk(canvas, 0.75);
        assertThat((double) half / tall).isBetween(0.48, 0.52);
    }

    @Test
    void aBarChartRefusesTheWrongNumberOfValues() {
        assertThatThrownBy(() -> new BarChart("b", "y", DIGITS).series("judge", 1, 2))
                .isInstanceOf(DuetException.class)
                .hasMessage("bar chart, series 'judge': expected 10 values, one for each category, got 2");
    }

    /** Counts of a judge that takes a quarter of the threes for fours, and one seven for none of the digits. */
    private static List<List<Long>> counts() {
        long[][] counts = new long[10][11];
        for (int i = 0; i < 10; i++) counts[i][i] = 100;
        counts[3] = new long[] {0, 0, 0, 75, 25, 0, 0, 0, 0, 0, 0};
        counts[7][10] = 1;
        return Arrays.stream(counts)
                .map(row -> Arrays.stream(row).boxed().toList())
                .toList();
    }

    private static HeatMap heatMap() {
        List<String> columns = new ArrayList<>(DIGITS);
        columns.add("other");
        return new HeatMap("Judge", DIGITS, columns, counts());
    }

    @Test
    void aHeatMapShadesByTheShareOfTheRow() {
        Canvas canvas = heatMap().draw();
        Ink.assertMargins(canvas, "confusion", 20);
        int full = Ink.at(canvas, cellX(0), cellY(0));
        int most = Ink.at(canvas, cellX(3), cellY(3));
        int quarter = Ink.at(canvas, cellX(4), cellY(3));
        int none = Ink.at(canvas, cellX(5), cellY(3));
        assertThat(full).isEqualTo(0x0B3C7D);
        assertThat(quarter).isEqualTo(Coverage.mix(0xF6F7F9, 0x0B3C7D, 0.5));
        assertThat(none).isEqualTo(0xF6F7F9);
        assertThat(most & 0xFF00).isBetween(full & 0xFF00, quarter & 0xFF00);
    }

    /** Right cells are framed, also where they are pale, and no others. */
    @Test
    void aHeatMapFramesWhatIsRight() {
        Canvas canvas = heatMap().draw();
        for (int column = 0; column < 11; column++) {
            int edge = Ink.at(canvas, cellX(column), cellY(3) - 3.5);
            assertThat(edge == (Palette.INK & 0xFFFFFF)).as("column " + column).isEqualTo(column == 3);
        }
    }

    @Test
    void aHeatMapMakesRoomForItsNote() {
        String note = "What the judge reads. ".repeat(12);
        Canvas canvas = heatMap().note(note).draw();
        Ink.assertMargins(canvas, "confusion-note", 20);
        int lines = Glyphs.wrap(note, Plot.TEXT_SIZE, canvas.width() - 2 * Plot.MARGIN)
                .size();
        assertThat(canvas.height()).isEqualTo(heatMap().draw().height() + 20 * lines + 8);
        assertThat(Ink.at(canvas, cellX(0), cellY(0) + 20 * lines + 8)).isEqualTo(0x0B3C7D);
    }

    @Test
    void aHeatMapRefusesCountsThatDoNotFit() {
        assertThatThrownBy(() -> new HeatMap("Judge", DIGITS, DIGITS, counts()))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith("heat map 'Judge': expected counts of 10 × 10 classes, got rows of [11, 11,");
    }

    @Test
    void theSameInputGivesTheSameBytes() {
        assertThat(loss().draw().png()).isEqualTo(loss().draw().png());
        assertThat(loss().svg("d")).isEqualTo(loss().svg("d"));
    }

    static LineChart loss() {
        return new LineChart("Loss by epoch", "epoch", "nats per pair")
                .series("train", new double[] {1, 2, 3, 4}, new double[] {292.46, 220.1, 205.3, 198.8})
                .series("validation", new double[] {1, 2, 3, 4}, new double[] {251.2, 214.7, Double.NaN, 199.5});
    }

    /** The device row below the legend with the most pixels of a colour, and their share in the plot's width in percent. */
    private static int[] level(Canvas canvas, int argb) {
        int[] best = new int[2];
        for (int y = 180; y < canvas.height() * Canvas.SCALE; y++) {
            int count = Ink.count(canvas, 0, y / 2.0, canvas.width(), 0.5, argb);
            if (count > best[1]) best = new int[] {y, count};
        }
        double width = (960 - 24 - 24 - 35) * Canvas.SCALE / 1.08;
        return new int[] {best[0], (int) (100 * best[1] / width)};
    }

    /** Device pixels of the first series' colour in the column at a share of the canvas width, below the legend. */
    private static int columnInk(Canvas canvas, double share) {
        // Beside the whisker in the middle of the bar, which would hide some.
        return Ink.count(canvas, share * canvas.width(), 100, 0.5, canvas.height() - 101, Palette.of(0));
    }

    private static double cellX(int column) {
        return Plot.MARGIN + 28 + 66 * column + 5;
    }

    private static double cellY(int row) {
        return Plot.MARGIN + 34 + 24 + 44 * row + 5;
    }
}
