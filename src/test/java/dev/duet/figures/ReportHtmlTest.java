package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

class ReportHtmlTest {
    private static final String HOSTILE = "</title><script>alert('x')</script>\"><img src=x onerror=\"y\">&amp;\0";
    private static final String HARMLESS = HOSTILE.replace('\0', '\uFFFD');

    @Test
    void hostileTextStaysText(@TempDir Path folder) throws IOException, ParserConfigurationException, SAXException {
        Path png = folder.resolve("a.png");
        new Canvas(12, 7, Palette.PAPER).toPng(png);
        LineChart chart = new LineChart(HOSTILE, HOSTILE, HOSTILE).series(HOSTILE, new double[1], new double[1]);
        ReportHtml report = new ReportHtml(HOSTILE, HOSTILE)
                .summary(Map.of(HOSTILE, HOSTILE))
                .section(HOSTILE, HOSTILE)
                .table(List.of(HOSTILE, "b"), List.of(List.of(HOSTILE, HOSTILE)))
                .figure(png, HOSTILE, HOSTILE)
                .chart(chart, HOSTILE, HOSTILE);
        Document page = parse(report);
        assertThat(page.getElementsByTagName("script").getLength()).isZero();
        assertThat(page.getElementsByTagName("img").getLength()).isEqualTo(1);
        for (String tag : List.of("title", "h1", "h2", "th", "td", "figcaption", "li", "text")) {
            assertThat(page.getElementsByTagName(tag).item(0).getTextContent())
                    .as(tag)
                    .isEqualTo(HARMLESS);
        }
        Element image = (Element) page.getElementsByTagName("img").item(0);
        assertThat(image.getAttribute("alt")).isEqualTo(HARMLESS);
        assertThat(image.hasAttribute("onerror")).isFalse();
    }

    @Test
    void carriesThePictureAndItsSize(@TempDir Path folder)
            throws IOException, ParserConfigurationException, SAXException {
        Path png = folder.resolve("a.png");
        new Canvas(12, 7, Palette.PAPER).toPng(png);
        Document page = parse(new ReportHtml("Run", "").section("Pairs", "").figure(png, "Look here.", "Two pairs"));
        Element image = (Element) page.getElementsByTagName("img").item(0);
        String prefix = "data:image/png;base64,";
        assertThat(image.getAttribute("src")).startsWith(prefix);
        byte[] carried = Base64.getDecoder().decode(image.getAttribute("src").substring(prefix.length()));
        assertThat(carried).isEqualTo(Files.readAllBytes(png));
        assertThat(image.getAttribute("width")).isEqualTo("12");
        assertThat(image.getAttribute("height")).isEqualTo("7");
        assertThat(image.getAttribute("alt")).isEqualTo("Two pairs");
    }

    @Test
    void asksForNothingFromElsewhere() {
        String html = full().html();
        assertThat(html).doesNotContain("http:", "https:", "url(", "@import", "<link", "<script");
        assertThat(html).contains("prefers-color-scheme: dark", "width=device-width", "<html lang=\"en\">");
    }

    @Test
    void keepsTheOrderOfTheCalls() throws IOException, ParserConfigurationException, SAXException {
        Document page = parse(full());
        NodeList sections = page.getElementsByTagName("section");
        assertThat(sections.getLength()).isEqualTo(2);
        Element metrics = (Element) sections.item(0);
        NodeList cells = metrics.getElementsByTagName("td");
        assertThat(cells.item(0).getTextContent()).isEqualTo("87.4");
        assertThat(cells.item(1).getTextContent()).isEqualTo("85.2");
        assertThat(((Element) sections.item(1)).getElementsByTagName("svg").getLength())
                .isEqualTo(1);
    }

    @Test
    void theCurveOfTheInlineChartHasAPointForEachValueAndAGapForNone()
            throws IOException, ParserConfigurationException, SAXException {
        NodeList paths = parse(full()).getElementsByTagName("path");
        assertThat(((Element) paths.item(0)).getAttribute("d")).matches("M[^ML]*L[^ML]*L[^ML]*L[^ML]*");
        assertThat(((Element) paths.item(1)).getAttribute("d")).matches("M[^ML]*L[^ML]*M[^ML]*");
        assertThat(((Element) paths.item(0)).getAttribute("stroke")).isEqualTo(Palette.css(Palette.of(0)));
    }

    @Test
    void writesTheSameFileTwice(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("report.html");
        full().write(file);
        byte[] first = Files.readAllBytes(file);
        full().write(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(first);
        full().write(Path.of("target", "gallery", "report.html"));
    }

    @Test
    void namesAFigureThatIsNotThereAndARowOfTheWrongLength() {
        ReportHtml report = new ReportHtml("Run", "");
        assertThatThrownBy(() -> report.figure(Path.of("no", "such.png"), "", ""))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("cannot read the figure " + Path.of("no", "such.png"));
        assertThatThrownBy(() -> report.table(List.of("a", "b"), List.of(List.of("1"))))
                .isInstanceOf(DuetException.class)
                .hasMessage("report table: expected 2 cells as [a, b] has, got [1]");
    }

    private static ReportHtml full() {
        return new ReportHtml("Duet: run demo", "A joint VAE of two domains.")
                .summary(Map.of("Preset", "cross"))
                .section("Metrics", "Measured on the test set.")
                .table(
                        List.of("Direction", "judged right, %"),
                        List.of(List.of("mnist → svhn", "87.4"), List.of("svhn → mnist", "85.2")))
                .section("Training", "")
                .chart(ChartsTest.loss(), "Both curves should fall and stay close together.", "Loss curves");
    }

    private static Document parse(ReportHtml report) throws ParserConfigurationException, SAXException, IOException {
        byte[] html = report.html().getBytes(StandardCharsets.UTF_8);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(html));
    }
}
