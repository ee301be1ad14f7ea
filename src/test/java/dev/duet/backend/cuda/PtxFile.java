package dev.duet.backend.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A committed PTX file with the lines that {@code kernels/build.sh} put on top; kernels/README.md defines them. */
record PtxFile(Path kernels, String name, String text) {
    static final Path KERNELS = Path.of("kernels");

    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"(.*)\"$");
    private static final Pattern HEADER_END = Pattern.compile("(?m)^// body-sha256 .*\\R");
    private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(([^)]*)\\)");
    private static final Pattern WIDE_ACCESS =
            Pattern.compile("(ld|st)\\.global\\.(nc\\.)?(v4\\.[fub]32|v2\\.[fub]64)");
    private static final Pattern PARAMETER = Pattern.compile("\\.param \\.(\\w+)");

    /**
     * A kernel.
     *
     * @param parameters their types
     * @param wideAccesses instructions that move 16 bytes at once from or to memory
     */
    record Entry(String name, List<String> parameters, long wideAccesses) {}

    /** All PTX files below {@code kernels}. */
    static List<PtxFile> all(Path kernels) {
        try (Stream<Path> files = Files.list(kernels.resolve("ptx"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".ptx"))
                    .sorted()
                    .map(file -> new PtxFile(
                            kernels,
                            file.replace(".ptx", ""),
                            read(kernels.resolve("ptx").resolve(file))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value of a line on top. */
    String header(String key) {
        return Pattern.compile("(?m)^// " + key + " (.*)$")
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .findFirst()
                .orElse("");
    }

    /** What differs from the sources as they are; empty if nothing. */
    String stale() {
        SortedSet<String> sources = sources();
        List<String> faults = new ArrayList<>();
        if (!header("sources").equals(String.join(" ", sources))) {
            faults.add("was made from '" + header("sources") + "', now its sources are '" + String.join(" ", sources)
                    + "'");
        }
        String options = read(kernels.resolve("options")).strip();
        if (!header("options").equals(options)) {
            faults.add("was compiled with '" + header("options") + "', now the options are '" + options + "'");
        }
        if (!header("sources-sha256").equals(sourcesSum(sources, options))) {
            faults.add("does not belong to its sources as they are now");
        }
        String body = HEADER_END.split(text, 2)[1];
        if (!header("body-sha256").equals(sha256(body.getBytes(UTF_8)))) faults.add("was edited by hand");
        if (faults.isEmpty()) return "";
        return "kernels/ptx/" + name + ".ptx " + String.join("; ", faults)
                + ". Run kernels/build.sh (or ./mvnw -Pkernels process-resources) and commit what it makes.";
    }

    List<Entry> entries() {
        return ENTRY.matcher(text)
                .results()
                .map(entry -> new Entry(entry.group(1), parameters(entry.group(2)), wideAccesses(entry.end())))
                .toList();
    }

    /** Of the kernel whose text begins at {@code start}. */
    private long wideAccesses(int start) {
        int next = text.indexOf(".entry ", start);
        return WIDE_ACCESS
                .matcher(text.substring(start, next < 0 ? text.length() : next))
                .results()
                .count();
    }

    private static List<String> parameters(String list) {
        return PARAMETER.matcher(list).results().map(p -> p.group(1)).toList();
    }

    /** The kernel's source and all that it includes. */
    private SortedSet<String> sources() {
        SortedSet<String> found = new TreeSet<>();
        List<String> open = new ArrayList<>(List.of(name + ".cu"));
        while (!open.isEmpty()) {
            String file = open.remove(0);
            if (!found.add(file)) continue;
            Path folder = Path.of(file).getParent();
            INCLUDE.matcher(read(kernels.resolve(file)))
                    .results()
                    .map((MatchResult include) -> include.group(1))
                    .map(include ->
                            folder == null ? include : folder.resolve(include).toString())
                    .forEach(open::add);
        }
        return found;
    }

    private String sourcesSum(SortedSet<String> sources, String options) {
        StringBuilder lines = new StringBuilder();
        for (String file : sources) {
            lines.append(file)
                    .append(' ')
                    .append(sha256(bytes(kernels.resolve(file))))
                    .append('\n');
        }
        lines.append("options ").append(options).append('\n');
        lines.append("compiler ").append(header("compiler")).append('\n');
        return sha256(lines.toString().getBytes(UTF_8));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(Path file) {
        return new String(bytes(file), UTF_8);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
