package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.data.Png;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CanvasTest {
    private static final int BLACK = 0xFF000000;

    @Test
    void fillsExactlyTheRectangle() {
        Canvas canvas = new Canvas(20, 20, Palette.PAPER);
        canvas.fillRect(3, 4, 5, 6, 0xFF112233);
        assertThat(Ink.box(canvas)).containsExactly(6, 8, 15, 19);
        assertThat(Ink.count(canvas, 0xFF112233)).isEqualTo(10 * 12);
    }

    @Test
    void blendsByOpacity() {
        Canvas canvas = new Canvas(4, 4, Palette.PAPER);
        canvas.fillRect(0, 0, 4, 4, Palette.translucent(0xFF0000FF, 0.4));
        assertThat(canvas.pixel(3, 3)).isEqualTo(0x9999FF); // 255 · 0.6 = 153
    }

    @Test
    void aTranslucentPolylineIsNotDarkerWhereItsSegmentsMeet() {
        Canvas canvas = new Canvas(40, 20, Palette.PAPER);
        canvas.polyline(new double[] {5, 20, 35}, new double[] {10, 10, 10}, 4, 0x80000000);
        assertThat(Ink.at(canvas, 20, 10)).isEqualTo(Ink.at(canvas, 12, 10)).isEqualTo(0x7F7F7F);
    }

    @Test
    void linesAreAsThickAsAskedAndSmoothAtTheEdge() {
        Canvas canvas = new Canvas(40, 20, Palette.PAPER);
        canvas.line(5, 10.25, 35, 10.25, 3, BLACK);
        double covered = 0;
        for (int y = 0; y < 40; y++) covered += 1 - (canvas.pixel(40, y) & 0xFF) / 255.0;
        assertThat(covered).isCloseTo(3 * Canvas.SCALE, within(0.02));
    }

    @Test
    void aValueThatIsNotFiniteLeavesAGap() {
        Canvas canvas = new Canvas(60, 20, Palette.PAPER);
        canvas.polyline(new double[] {5, 20, 30, 40, 55}, new double[] {10, 10, Double.NaN, 10, 10}, 2, BLACK);
        assertThat(Ink.at(canvas, 12, 10)).isZero();
        assertThat(Ink.at(canvas, 30, 10)).isEqualTo(0xFFFFFF);
        assertThat(Ink.at(canvas, 48, 10)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Marker.class)
    void markersCoverTheSameArea(Marker marker) {
        Canvas canvas = new Canvas(60, 60, Palette.PAPER);
        canvas.marker(marker, 30, 30, 10, BLACK);
        double area = 0;
        for (int i = 0; i < 120 * 120; i++) area += 1 - (canvas.pixel(i % 120, i / 120) & 0xFF) / 255.0;
        assertThat(area / (Canvas.SCALE * Canvas.SCALE)).isCloseTo(Math.PI * 100, within(3.0));
        assertThat(Ink.at(canvas, 30, 30)).isZero();
    }

    @Test
    void enlargesPicturesByWholePixels() {
        byte[] pixels = {(byte) 255, 0, 0, 0, (byte) 255, 0};
        Canvas canvas = new Canvas(10, 10, Palette.PAPER);
        canvas.image(new Png.Image(2, 1, 3, pixels), 1, 2, 3);
        assertThat(Ink.box(canvas)).containsExactly(2, 4, 7, 6);
        assertThat(canvas.pixel(4, 6)).isEqualTo(0xFF0000);
        assertThat(canvas.pixel(5, 6)).isEqualTo(0x00FF00);
    }

    @Test
    void cutsOffWhatLiesOutside() {
        Canvas canvas = new Canvas(10, 10, Palette.PAPER);
        canvas.fillRect(-5, -5, 6, 6, BLACK);
        canvas.line(-100, 5, 100, 5, 1, BLACK);
        canvas.circle(10, 10, 3, BLACK);
        canvas.image(new Png.Image(1, 1, 1, new byte[1]), 9, -1, 9);
        Glyphs.draw(canvas, 5, 12, "outside", 20, BLACK);
        assertThat(canvas.pixel(0, 0)).isZero();
        assertThat(canvas.pixel(19, 10)).isZero();
    }

    @Test
    void thePngHoldsThePixels() throws IOException {
        Canvas canvas = new Canvas(8, 5, Palette.PAPER);
        canvas.fillRect(1, 1, 3, 2, 0xFF123456);
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(canvas.png()));
        assertThat(image.getWidth()).isEqualTo(16);
        assertThat(image.getHeight()).isEqualTo(10);
        assertThat(image.getRGB(2, 2)).isEqualTo(0xFF123456);
        assertThat(image.getRGB(8, 2)).isEqualTo(0xFFFFFFFF);
    }

    @Test
    void replacesAFileAndLeavesNothingElse(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("new/picture.png");
        Canvas canvas = new Canvas(8, 5, Palette.PAPER);
        canvas.toPng(file);
        canvas.fillRect(0, 0, 8, 5, BLACK);
        canvas.toPng(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(canvas.png());
        assertThat(file.getParent()).isDirectoryContaining(file::equals);
        assertThat(file.getParent().toFile().list()).containsExactly("picture.png");
    }
}
