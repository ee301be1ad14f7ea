package dev.duet.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Native libraries for tests: JCuda's own out of its jars, and stubs of CUDA's, compiled on the spot. */
final class Natives {
    private static final Path STUBS = Path.of("src/test/native/stubs");

    private Natives() {}

    /** The content of one of JCuda's libraries, such as {@code JCublas2}. */
    static byte[] content(String library) {
        String name = "/lib/lib" + library + "-" + JniLibraries.VERSION + "-linux-x86_64.so";
        try (InputStream in = Natives.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Elf library(String library) {
        return new Elf(library, ByteBuffer.wrap(content(library)));
    }

    /**
     * A driver library in {@code folder}.
     *
     * @param complete whether it has all functions that Duet calls; those of no use here return an error
     * @param options macros of {@code driver.c}
     */
    static void driver(Path folder, boolean complete, String... options) throws IOException {
        Path plain = compile(folder.resolve("libcuda.so.1"), "driver.c", "", options);
        if (!complete) return;
        List<String> given = List.copyOf(Elf.of(plain).symbols(true));
        String rest = DriverCalls.NAMES.stream()
                .filter(name -> !given.contains(name))
                .map(name -> "int " + name + "(void) { return 999; }\n")
                .collect(Collectors.joining());
        Path file = Files.writeString(folder.resolve("rest.c"), rest);
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-include", file.toString()));
        compile(plain, "driver.c", "", all.toArray(String[]::new));
    }

    /** cuBLAS of CUDA {@code major} and a whole cuDNN, in {@code folder}. */
    static void libraries(Path folder, int major) throws IOException {
        compile(folder.resolve("libcublasLt.so." + major), "cublas.c", "", "-DMAJOR=" + major);
        String cublas = "libcublas.so." + major;
        compile(folder.resolve(cublas), "cublas.c", cublas + " { global: *; };", "-DMAJOR=" + major);
        compile(folder.resolve("libcudnn.so.9"), "cudnn.c", "libcudnn.so.9 { global: *; };");
        for (String part : LibrarySearch.CUDNN_PARTS) {
            if (!Files.exists(folder.resolve(part))) compile(folder.resolve(part), "cudnn.c", "");
        }
    }

    /**
     * Compiles a stub.
     *
     * @param file to make; its name becomes the library's own (SONAME)
     * @param versions a version script, or empty
     */
    static Path compile(Path file, String source, String versions, String... options) throws IOException {
        Files.createDirectories(file.getParent());
        List<String> command = new ArrayList<>(List.of("g++", "-x", "c", "-w", "-shared", "-fPIC"));
        command.addAll(List.of(options));
        command.addAll(List.of(STUBS.resolve(source).toString(), "-o", file.toString()));
        command.add("-Wl,-soname," + file.getFileName());
        if (!versions.isEmpty()) {
            Path script = Files.writeString(file.resolveSibling("versions.map"), versions);
            command.add("-Wl,--version-script=" + script);
        }
        run(command);
        return file;
    }

    /** Runs a command and returns what it printed. */
    static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) throw new IOException(String.join(" ", command) + ": " + output);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return output;
    }
}
