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
     * @param root {@code /}, or a test's stand-in
     * @param libraryPath LD_LIBRARY_PATH, may be empty
     */
    static Check check(Path root, String libraryPath) {
        List<String> reasons = new ArrayList<>();
        List<String> devices = devices(root);
        if (devices.isEmpty()) reasons.add("no device /dev/nvidia0");
        String driver = driver(root.resolve("proc/driver/nvidia/version"));
        if (driver.isEmpty()) reasons.add("no loaded driver (/proc/driver/nvidia/version)");
        if (!hasLibrary(root, libraryPath)) reasons.add("no libcuda.so.1");
        if (reasons.isEmpty()) return Check.ok("GPU", devices.size() + " found, driver " + driver);
        String advice = devices.isEmpty() ? "" : "install the NVIDIA driver, or start the container with its GPU";
        return Check.optional("GPU", String.join(", ", reasons) + "; the CPU is used", advice);
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
