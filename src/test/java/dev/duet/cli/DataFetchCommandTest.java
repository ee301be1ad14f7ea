package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a server on the loopback address. */
@Timeout(60)
class DataFetchCommandTest {
    private static final int STALL_AT = 70_000;

    private final byte[] content = new byte[200_000];
    private final TerminalFixture streams = TerminalFixture.redirected();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch stalled = new CountDownLatch(1);
    private final CountDownLatch testEnded = new CountDownLatch(1);
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private HttpServer server;

    @TempDir
    private Path dir;

    @BeforeEach
    void start() throws IOException {
        for (int i = 0; i < content.length; i++) content[i] = (byte) (i * 31 + i / 256);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::answer);
        server.start();
        manifest("good", "good", "good");
    }

    @AfterEach
    void stop() {
        testEnded.countDown();
        server.stop(0);
        executor.shutdownNow();
    }

    /** Files s/one, s/two and the optional s/extra, each from a path of the server. */
    private void manifest(String one, String two, String extra) throws IOException {
        String files =
                String.join(",", entry("one", one, false), entry("two", two, false), entry("extra", extra, true));
        Files.writeString(dir.resolve("manifest.json"), "{\"files\": [" + files + "]}");
    }

    private String entry(String name, String serverPath, boolean optional) {
        return String.format(
                "{\"set\":\"s\",\"path\":\"s/%s\",\"urls\":[\"http://127.0.0.1:%d/%s\"],\"bytes\":%d,"
                        + "\"digest\":\"sha256:%s\",\"optional\":%b}",
                name, server.getAddress().getPort(), serverPath, content.length, sha256(), optional);
    }

    private String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> arguments(String... names) {
        List<String> arguments = new ArrayList<>(List.of("data", "fetch", "--data", data().toString()));
        arguments.addAll(List.of("--manifest", dir.resolve("manifest.json").toString()));
        arguments.addAll(List.of(names));
        return arguments;
    }

    private Path data() {
        return dir.resolve("data");
    }

    private int fetch(TerminalFixture to, String... names) {
        return Main.run(to.terminal, arguments(names).toArray(String[]::new));
    }

    @Test
    void downloadsWhatIsNeededAndTheSecondTimeNothing() {
        assertThat(fetch(streams)).isZero();
        assertThat(streams.out().lines())
                .containsExactly(
                        "✓ s/one  downloaded, 195 KiB", "✓ s/two  downloaded, 195 KiB", data() + ": 2 downloaded");
        assertThat(data().resolve("s/one")).hasBinaryContent(content);
        assertThat(data().resolve("s/extra")).doesNotExist();
        TerminalFixture again = TerminalFixture.redirected();
        assertThat(fetch(again)).isZero();
        assertThat(again.out().lines()).contains("✓ s/two  already there", data() + ": 2 already there");
        assertThat(requests).hasSize(2);
    }

    @Test
    void anOptionalFileComesWhenNamed() {
        assertThat(fetch(streams, "s/extra")).isZero();
        assertThat(streams.out().lines()).containsExactly("✓ s/extra  downloaded, 195 KiB", data() + ": 1 downloaded");
    }

    @Test
    void oneFailureDoesNotKeepTheOthersFromComing() throws IOException {
        manifest("missing", "good", "good");
        assertThat(fetch(streams)).isEqualTo(1);
        assertThat(streams.out())
                .contains("✗ s/one  could not download s/one: http://127.0.0.1:", "HTTP status 404")
                .contains("✓ s/two  downloaded", data() + ": 1 downloaded");
        assertThat(streams.err())
                .isEqualTo("duet: 1 of 2 files could not be fetched; run the same command again, it resumes"
                        + System.lineSeparator());
    }

    @Test
    void aReadableOtherFileIsKept() throws IOException {
        Path other = Files.createDirectories(data().resolve("s")).resolve("one");
        Files.write(other, SmallSets.idx(new byte[] {4}, 1));
        assertThat(fetch(streams)).isZero();
        assertThat(streams.out())
                .contains("→ s/one  another readable file, kept", ": 1 downloaded, 1 of other content kept");
        assertThat(Files.size(other)).isEqualTo(9);
    }

    @Test
    void aTerminalShowsABarWhichIsGoneAtTheEnd() throws IOException {
        manifest("slow", "good", "good");
        TerminalFixture tty = TerminalFixture.tty();
        assertThat(fetch(tty)).isZero();
        assertThat(tty.err())
                .containsPattern("\r━+┄* 1/2 s/one \\d+ %, [\\d.]+ [KM]?i?B/s, ETA [^\r]*")
                .endsWith("\r\033[K");
    }

    @Test
    void ctrlCLeavesAPartFromWhichTheNextCallResumes() throws IOException, InterruptedException {
        manifest("stall", "good", "good");
        List<String> command = new ArrayList<>(List.of(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments());
        Process child = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("child.log").toFile())
                .start();
        try {
            stalled.await();
            Path part = data().resolve("s/one.part");
            while (!Files.exists(part) || Files.size(part) < STALL_AT) Thread.sleep(5);
            new ProcessBuilder("kill", "-INT", Long.toString(child.pid()))
                    .start()
                    .waitFor();
            assertThat(child.waitFor())
                    .as(Files.readString(dir.resolve("child.log"), StandardCharsets.UTF_8))
                    .isEqualTo(130);
            assertThat(part).hasSize(STALL_AT);
        } finally {
            child.destroyForcibly();
        }
        manifest("good", "good", "good");
        assertThat(fetch(streams)).isZero();
        assertThat(requests).startsWith("/stall null", "/good bytes=" + STALL_AT + "-");
        assertThat(data().resolve("s/one")).hasBinaryContent(content);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path + " " + range);
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        if (path.equals("/missing")) {
            exchange.sendResponseHeaders(404, -1);
        } else {
            if (from > 0) exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-/" + content.length);
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
            send(exchange, path, Arrays.copyOfRange(content, from, content.length));
        }
        exchange.close();
    }

    private void send(HttpExchange exchange, String path, byte[] bytes) throws IOException {
        try {
            int first = path.equals("/good") ? bytes.length : STALL_AT;
            exchange.getResponseBody().write(bytes, 0, first);
            exchange.getResponseBody().flush();
            if (path.equals("/stall")) {
                stalled.countDown();
                testEnded.await();
            }
            // Longer than the time between two redraws of the bar.
            if (path.equals("/slow")) Thread.sleep(250);
            exchange.getResponseBody().write(bytes, first, bytes.length - first);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
