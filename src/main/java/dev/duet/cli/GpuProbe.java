package dev.duet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Looks for an NVIDIA GPU and its driver by the files they leave, without loading anything. */
final class GpuProbe {
    private static final List<String> LIBRARY_FOLDERS = List.of(
            "usr/lib/x86_64-linux-gnu",
            "usr/lib64",
            "usr/lib",
            "lib/x86_64-linux-gnu",
            "usr/lib/wsl/lib",
            "usr/local/nvidia/lib64",
            "usr/local/cuda/compat");

    private GpuProbe() {}

    /**
     * What there is.
     *
     * @param found whether a GPU and all that it needs is there
     * @param detail the GPU, or what is missing
     */
    record Finding(boolean found, String detail) {
        /** For the log of a command that looked for a device. */
        String line() {
            return found ? "GPU found (" + detail + "), not used by this version" : "no GPU (" + detail + ")";
        }

        /** For {@code duet doctor}. */
        Check check() {
            return found
                    ? Check.ok("GPU", detail + "; not used by this version, which computes on the CPU")
                    : Check.optional("GPU", detail + "; the CPU is used", "");
        }
    }

    /** Looks on this machine. */
    static Finding find() {
        return find(Path.of("/"), System.getenv().getOrDefault("LD_LIBRARY_PATH", ""));
    }

    /**
     * @param root {@code /}, or a test's stand-in
     * @param libraryPath LD_LIBRARY_PATH, may be empty
     */
    static Finding find(Path root, String libraryPath) {
        List<String> reasons = new ArrayList<>();
        List<String> devices = devices(root);
        if (devices.isEmpty()) reasons.add("no device /dev/nvidia0");
        String driver = driver(root.resolve("proc/driver/nvidia/version"));
        if (driver.isEmpty()) reasons.add("no loaded driver (/proc/driver/nvidia/version)");
        if (!hasLibrary(root, libraryPath)) reasons.add("no libcuda.so.1");
        return reasons.isEmpty()
                ? new Finding(true, devices.size() + " with driver " + driver)
                : new Finding(false, String.join(", ", reasons));
    }

    private static List<String> devices(Path root) {
        try (Stream<Path> files = Files.list(root.resolve("dev"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("nvidia[0-9]+"))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The driver's version, e.g. {@code 580.95.05}, from "NVRM version: NVIDIA UNIX … Kernel Module  580.95.05  …". */
    private static String driver(Path versionFile) {
        try (Stream<String> lines = Files.lines(versionFile)) {
            return lines.filter(line -> line.startsWith("NVRM version:"))
                    .flatMap(line -> Stream.of(line.split("\\s+")))
                    .filter(word -> word.matches("[0-9]+\\.[0-9.]+"))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean hasLibrary(Path root, String libraryPath) {
        Stream<Path> named = Stream.of(libraryPath.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of);
        Stream<Path> usual = LIBRARY_FOLDERS.stream().map(root::resolve);
        return Stream.concat(named, usual).anyMatch(folder -> Files.exists(folder.resolve("libcuda.so.1")));
    }
}
