package dev.duet.figures;

import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One self-contained page: text, tables and figures in the order of the calls, with nothing to load from elsewhere.
 * Everything that comes in is escaped. The page is well-formed XML too, so that other programs can read it.
 */
public final class ReportHtml {
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\t\\n\\r]]");

    private final String title;
    private final StringBuilder body = new StringBuilder();
    private boolean inSection;

    /** @param lead one or two sentences that say what the page is about; empty for none */
    public ReportHtml(String title, String lead) {
        this.title = title;
        body.append("<header>\n<h1>").append(escape(title)).append("</h1>\n");
        if (!lead.isEmpty())
            body.append("<p class=\"lead\">").append(escape(lead)).append("</p>\n");
        body.append("</header>\n<main>\n");
    }

    /** Starts a section; what follows belongs to it. {@code paragraph} may be empty. */
    public ReportHtml section(String heading, String paragraph) {
        if (inSection) body.append("</section>\n");
        inSection = true;
        body.append("<section>\n<h2>").append(escape(heading)).append("</h2>\n");
        return paragraph.isEmpty() ? this : paragraph(paragraph);
    }

    public ReportHtml paragraph(String text) {
        body.append("<p>").append(escape(text)).append("</p>\n");
        return this;
    }

    /** A table of names and values in the order of the map. */
    public ReportHtml summary(Map<String, String> values) {
        body.append("<div class=\"scroll\"><table class=\"summary\">\n<tbody>\n");
        values.forEach((name, value) -> body.append("<tr><th scope=\"row\">")
                .append(escape(name))
                .append("</th><td>")
                .append(escape(value))
                .append("</td></tr>\n"));
        body.append("</tbody>\n</table></div>\n");
        return this;
    }

    /** A table of metrics; the first cell of each row names it. */
    public ReportHtml table(List<String> headers, List<List<String>> rows) {
        body.append("<div class=\"scroll\"><table>\n<thead><tr>");
        for (String header : headers)
            body.append("<th scope=\"col\">").append(escape(header)).append("</th>");
        body.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) row(headers, row);
        body.append("</tbody>\n</table></div>\n");
        return this;
    }

    /**
     * A PNG file, taken into the page.
     *
     * @param caption tells a stranger what to look at
     * @param alt says what the picture shows, for those who do not see it
     */
    public ReportHtml figure(Path png, String caption, String alt) {
        try {
            return figure(Files.readAllBytes(png), caption, alt);
        } catch (IOException e) {
            throw new DuetException("report: cannot read the figure " + png + ": " + e.getMessage(), e);
        }
    }

    /** As {@link #figure(Path, String, String)}, from the bytes of a PNG file. */
    public ReportHtml figure(byte[] png, String caption, String alt) {
        body.append("<figure>\n<img src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png))
                .append("\" alt=\"")
                .append(escape(alt))
                .append("\"")
                .append(size(png))
                .append("/>\n");
        return caption(caption);
    }

    /** A line chart as inline SVG. */
    public ReportHtml chart(LineChart chart, String caption, String alt) {
        body.append("<figure>\n").append(chart.svg(alt));
        return caption(caption);
    }

    /** The whole page. */
    public String html() {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                + "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>" + escape(title)
                + "</title>\n<style>\n"
                + style() + "</style>\n</head>\n<body>\n" + body + (inSection ? "</section>\n" : "")
                + "</main>\n</body>\n</html>\n";
    }

    /** Writes the page so that {@code file} is either whole or as it was before. */
    public void write(Path file) throws IOException {
        Canvas.writeAtomically(file, html().getBytes(StandardCharsets.UTF_8));
    }

    /** The text with all that HTML gives a meaning to, in text or in attributes, made harmless. */
    static String escape(String text) {
        return CONTROL.matcher(text)
                .replaceAll("\uFFFD")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private void row(List<String> headers, List<String> row) {
        if (row.size() != headers.size()) {
            throw new DuetException(
                    "report table: expected " + headers.size() + " cells as " + headers + " has, got " + row);
        }
        body.append("<tr><th scope=\"row\">").append(escape(row.get(0))).append("</th>");
        for (String cell : row.subList(1, row.size()))
            body.append("<td>").append(escape(cell)).append("</td>");
        body.append("</tr>\n");
    }

    private ReportHtml caption(String caption) {
        body.append("<figcaption>").append(escape(caption)).append("</figcaption>\n</figure>\n");
        return this;
    }

    /** Width and height in layout pixels, from the PNG's header chunk, so that the page does not jump while it loads. */
    private static String size(byte[] png) {
        ByteBuffer header = ByteBuffer.wrap(png);
        return " width=\"" + header.getInt(16) / Canvas.SCALE + "\" height=\"" + header.getInt(20) / Canvas.SCALE
                + "\"";
    }

    private static String style() {
        try (InputStream in = ReportHtml.class.getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
