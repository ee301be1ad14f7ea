package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server on the loopback address whose paths behave as their names say. */
class DownloaderTest {
    static {
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final Downloader.Patience SHORT =
            new Downloader.Patience(Duration.ofMillis(1), Duration.ofMillis(400));

    /** No IDX file, so that a wrong one is damaged, not "other". */
    private final byte[] content = random(300_000);

    private final List<String> requests = new ArrayList<>();
    private final List<Long> reported = new ArrayList<>();
    private final CountDownLatch testEnded = new CountDownLatch(1);
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private HttpServer server;

    @TempDir
    Path dir;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        testEnded.countDown();
        server.stop(0);
        executor.shutdownNow();
    }

    @Test
    void downloadsChecksAndPlaces() throws IOException {
        assertThat(fetch("good")).isEqualTo(Downloader.Outcome.DOWNLOADED);
        assertArrived();
        assertThat(reported).isSorted().last().isEqualTo(300_000L);
        assertThat(fetch("good")).isEqualTo(Downloader.Outcome.ALREADY_THERE);
        assertThat(requests).containsExactly("/good null");
    }

    @Test
    void aCutConnectionIsResumed() throws IOException {
        assertThat(fetch("cut")).isEqualTo(Downloader.Outcome.DOWNLOADED);
        assertArrived();
        assertThat(requests.get(0)).isEqualTo("/cut null");
        assertThat(requests.get(1)).matches("/cut bytes=[1-9]\\d*-");
    }

    @Test
    void aConnectionThatIsAlwaysCutAtOnceIsGivenUpAfterFourAttempts() {
        assertThatThrownBy(() -> fetch("dead"))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith("could not download set/file: http://")
                // whether the client sees the answer's head before the cut is a matter of timing
                .hasMessageMatching(".*/dead: (the connection was cut after 0|no answer \\().*")
                .hasMessageEndingWith("check the network and run the same command again, it resumes");
        assertThat(requests).hasSize(4);
    }

    @Test
    void anEarlierPartIsResumed() throws IOException {
        part(Arrays.copyOf(content, 100_000));
        fetch("good");
        assertArrived();
        assertThat(requests).containsExactly("/good bytes=100000-");
        assertThat(reported.get(0)).isGreaterThan(100_000L);
    }

    @Test
    void aServerWithoutRangesSendsAllAgain() throws IOException {
        part(Arrays.copyOf(content, 100_000));
        fetch("norange");
        assertArrived();
        assertThat(requests).containsExactly("/norange bytes=100000-");
    }

    @Test
    void aServerThatRefusesTheRangeIsAskedForAll() throws IOException {
        part(Arrays.copyOf(content, 100_000));
        fetch("refuse");
        assertArrived();
        assertThat(requests).containsExactly("/refuse bytes=100000-", "/refuse null");
    }

    @Test
    void aStalePartIsThrownAway() throws IOException {
        part(random(100_001));
        fetch("good");
        assertArrived();
        assertThat(requests).containsExactly("/good bytes=100001-", "/good null");
    }

    @Test
    void aPartThatIsTooLongIsThrownAway() throws IOException {
        part(random(300_001));
        fetch("good");
        assertArrived();
        assertThat(requests).containsExactly("/good null");
    }

    @Test
    void aCompletePartIsOnlyChecked() throws IOException {
        part(content);
        fetch("good");
        assertArrived();
        assertThat(requests).isEmpty();
    }

    @Test
    void otherAddressesAreTried() throws IOException {
        fetch("missing", "wrong", "long", "good");
        assertArrived();
        assertThat(requests).containsExactly("/missing null", "/wrong null", "/long null", "/good null");
    }

    @Test
    void aWrongDigestIsAnErrorThatNamesBoth() throws IOException {
        byte[] wrong = content.clone();
        wrong[7] ^= 1;
        String got = digest(wrong).toString();
        assertThatThrownBy(() -> fetch("wrong", "missing"))
                .hasMessageContaining("/wrong: wrong digest, expected " + digest(content) + ", got " + got)
                .hasMessageContaining("/missing: the server answered with HTTP status 404");
        assertThat(Files.exists(dir.resolve("set/file.part"))).isFalse();
        assertThat(Files.exists(dir.resolve("set/file"))).isFalse();
    }

    @Test
    void aStalledServerIsLeftAndResumed() throws IOException {
        fetch("stall", "good");
        assertArrived();
        assertThat(requests.get(1)).startsWith("/stall bytes=");
    }

    @Test
    void tooLittleSpaceIsSaidBeforehand() throws IOException {
        part(Arrays.copyOf(content, 100_000));
        assertThatThrownBy(() -> downloader(new FullDisk(1234, false)).fetch(entry("good"), dir))
                .isInstanceOf(DuetException.class)
                .hasMessage("no space for " + dir.resolve("set/file.part") + ": 200000 more bytes are needed, 1234 are"
                        + " free; free some space or choose another --data folder, then run the same command again");
        assertThat(Files.size(dir.resolve("set/file.part"))).isEqualTo(100_000);
    }

    @Test
    void aDiskThatFillsUpMeanwhileIsSaidToo() {
        assertThatThrownBy(() -> downloader(new FullDisk(1L << 40, true)).fetch(entry("good"), dir))
                .hasMessageContaining("300000 more bytes are needed, 1099511627776 are free")
                .hasRootCauseMessage("No space left on device");
        assertThat(requests).hasSize(1);
    }

    @Test
    void aReadableOtherFileIsKeptAndADamagedOneReplaced() throws IOException {
        Path target = Files.createDirectories(dir.resolve("set")).resolve("file");
        Files.write(target, IdxTest.idx(0x801, new int[] {2}, new byte[] {1, 2}));
        assertThat(fetch("good")).isEqualTo(Downloader.Outcome.OTHER_KEPT);
        assertThat(requests).isEmpty();
        Files.write(target, new byte[] {1, 2, 3});
        assertThat(fetch("good")).isEqualTo(Downloader.Outcome.DOWNLOADED);
        assertArrived();
    }

    private Downloader.Outcome fetch(String... paths) {
        return downloader(Downloader.realDisk()).fetch(entry(paths), dir);
    }

    private Downloader downloader(Downloader.Disk disk) {
        return new Downloader((file, bytes, total) -> reported.add(bytes), disk, SHORT);
    }

    private Manifest.Entry entry(String... paths) {
        String base = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        List<URI> urls =
                Arrays.stream(paths).map(path -> URI.create(base + path)).toList();
        return new Manifest.Entry("set", "set/file", urls, content.length, digest(content), null, false);
    }

    private static Digest digest(byte[] bytes) {
        try {
            return Digest.parse("sha256:" + "0".repeat(64)).of(new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void part(byte[] bytes) throws IOException {
        Files.write(Files.createDirectories(dir.resolve("set")).resolve("file.part"), bytes);
    }

    private void assertArrived() throws IOException {
        assertThat(Files.readAllBytes(dir.resolve("set/file"))).isEqualTo(content);
        try (var files = Files.list(dir.resolve("set"))) {
            assertThat(files).hasSize(1);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        synchronized (requests) {
            requests.add(path + " " + range);
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        switch (path) {
            case "/good" -> send(exchange, content, from, content.length);
            case "/cut" -> send(exchange, content, from, Math.min(content.length, from + 110_000));
            case "/dead" -> send(exchange, content, from, from);
            case "/norange" -> send(exchange, content, 0, content.length);
            case "/long" -> send(exchange, Arrays.copyOf(content, content.length + 9), 0, content.length + 9);
            case "/wrong" -> {
                byte[] wrong = content.clone();
                wrong[7] ^= 1;
                send(exchange, wrong, from, wrong.length);
            }
            case "/refuse" -> {
                if (range == null) send(exchange, content, 0, content.length);
                else exchange.sendResponseHeaders(416, -1);
            }
            case "/stall" -> stall(exchange, from);
            default -> exchange.sendResponseHeaders(404, -1);
        }
        exchange.close();
    }

    /** Promises everything from {@code from} on, sends up to {@code to}. */
    private static void send(HttpExchange exchange, byte[] bytes, int from, int to) throws IOException {
        if (from > 0) exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-/" + bytes.length);
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, bytes.length - from);
        exchange.getResponseBody().write(bytes, from, to - from);
        exchange.getResponseBody().flush();
    }

    /** Sends something once, then nothing more, holding the connection open. */
    private void stall(HttpExchange exchange, int from) throws IOException {
        send(exchange, content, from, from == 0 ? 50_000 : from);
        try {
            assertThat(testEnded.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A disk with little space, or one whose writes fail. */
    private record FullDisk(long free, boolean failing) implements Downloader.Disk {
        @Override
        public OutputStream open(Path file, boolean append) throws IOException {
            if (!failing) return Downloader.realDisk().open(file, append);
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw new IOException("No space left on device");
                }
            };
        }

        @Override
        public long free(Path folder) {
            return free;
        }
    }

    private static byte[] random(int length) {
        Philox.Sequence random = new Philox.Sequence(length, Philox.Stream.SYNTHETIC, 0);
        byte[] out = new byte[length];
        for (int i = 0; i < length; i++) out[i] = (byte) random.nextInt();
        return out;
    }
}
