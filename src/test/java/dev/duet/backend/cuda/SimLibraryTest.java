package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import jcuda.driver.CUarray;
import jcuda.driver.JCudaDriver;
import org.bytedeco.javacpp.IntPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The simulated libraries as files, and the border between host and device. */
class SimLibraryTest {
    private static Set<String> lines(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Set<String> lines = new TreeSet<>(process.inputReader().lines().toList());
        assertThat(process.waitFor()).isZero();
        return lines;
    }

    /** A name without an export ends the JVM at its first call. */
    @ParameterizedTest
    @CsvSource({
        "libJCudaDriver-12.6.0-linux-x86_64.so, libcuda.so.1, cu[A-Z]",
        "libJCublas2-12.6.0-linux-x86_64.so, libcublas.so.12, cublas[A-Z]",
        "libJCudnn-12.6.0-linux-x86_64.so, libcudnn.so.9, cudnn[A-Z]"
    })
    void everyFunctionThatTheBindingsNeedIsThere(String binding, String library, String names, @TempDir Path folder)
            throws IOException, InterruptedException {
        Path file = folder.resolve(binding);
        try (InputStream in = JCudaDriver.class.getResourceAsStream("/lib/" + binding)) {
            Files.copy(in, file);
        }
        Set<String> needed = symbols("--undefined-only", file, names);
        assertThat(needed).hasSizeGreaterThan(200);
        assertThat(symbols("--defined-only", SimCuda.HOME.resolve(library), names))
                .containsAll(needed);
    }

    /** Names with their version node, as name@NODE; the driver's have none. */
    private static Set<String> symbols(String kind, Path library, String names)
            throws IOException, InterruptedException {
        Set<String> symbols = new TreeSet<>();
        for (String line : lines(List.of("nm", "-D", kind, library.toString()))) {
            String name = line.substring(line.lastIndexOf(' ') + 1).replace("@@", "@");
            if (name.matches(names + ".*")) symbols.add(name);
        }
        return symbols;
    }

    @Test
    void whatIsNotSimulatedSaysSoByName() {
        try (SimDriver driver = new SimDriver()) {
            assertThat(driver.synchronize()).isZero();
            assertThat(JCudaDriver.cuArrayDestroy(new CUarray())).isEqualTo(801); // CUDA_ERROR_NOT_SUPPORTED
            assertThat(SimDriver.fault()).isEqualTo("cuArrayDestroy: not part of the simulated device");
        }
    }

    @Test
    void theHostCannotTouchDeviceMemory(@TempDir Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:ErrorFile=" + folder.resolve("crash.log"),
                        "-XX:-CreateCoredumpOnCrash",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HostAccess.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> output = process.inputReader().lines().toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("reading device memory").doesNotContain("read device memory");
        assertThat(output).anyMatch(line -> line.contains("SIGSEGV"));
    }

    /** Reads device memory as if it were the host's. */
    static final class HostAccess {
        private HostAccess() {}

        public static void main(String[] arguments) {
            try (SimDriver driver = new SimDriver()) {
                Raw.Device x = driver.tensor(1, 2);
                IntPointer host = new IntPointer() {
                    {
                        address = x.address();
                    }
                };
                System.out.println("reading device memory");
                System.out.println("read device memory" + host.get());
            }
        }
    }
}
