package dev.duet.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the driver's library and CUDA's as files, without loading anything. Each kind comes from one folder, in which it must
 * be complete: cuDNN ends the process when it misses a part of itself.
 */
final class LibrarySearch {
    /** Of CUDA; JCuda is made for the first, and re-targeted for the others. */
    static final List<Integer> MAJORS = List.of(JniLibraries.MAJOR, 13);

    /** Parts of cuDNN in the order in which they need each other; {@code libcudnn.so.9} itself comes last. */
    static final List<String> CUDNN_PARTS = List.of(
            "libcudnn_graph.so.9",
            "libcudnn_ops.so.9",
            "libcudnn_cnn.so.9",
            "libcudnn_heuristic.so.9",
            "libcudnn_engines_precompiled.so.9",
            "libcudnn_engines_runtime_compiled.so.9",
            "libcudnn.so.9");

    private final List<Path> chosen;
    private final List<Path> usual;
    private final List<String> reasons;

    /** @param reasons gets what is missing */
    LibrarySearch(LibraryPlaces places, List<String> reasons) {
        chosen = places.belowChosen();
        usual = places.usual();
        this.reasons = reasons;
    }

    /**
     * Libraries of one kind, in the order in which they are to be loaded.
     *
     * @param major version of CUDA that they are made for; 0 where their name does not say
     * @param folder of all of them; null for those in the redistributable jar
     */
    record Found(int major, Path folder, List<String> names) {
        boolean packed() {
            return folder == null;
        }

        String origin() {
            return packed() ? RedistJar.NAME : folder.toString();
        }
    }

    /** {@code libcuda.so.1}; null, with a reason, if there is none. */
    static Path driver(LibraryPlaces places, List<String> reasons) {
        for (Path folder : places.chosen()) {
            if (!Files.isDirectory(folder))
                reasons.add(folder + ": expected a folder with CUDA's libraries; it is none");
        }
        Stream<Path> named = places.chosen().stream().flatMap(folder -> Stream.of(folder, folder.resolve("compat")));
        Path driver = Stream.concat(named, places.driver().stream())
                .map(folder -> folder.resolve("libcuda.so.1"))
                .filter(LibrarySearch::isForThisProcessor)
                .findFirst()
                .orElse(null);
        if (driver == null) {
            reasons.add(
                    "no NVIDIA driver: libcuda.so.1 is not on this machine; install NVIDIA's driver, version 525 or newer");
        }
        return driver;
    }

    /** Systems with 32-bit programs have the driver's library twice. */
    private static boolean isForThisProcessor(Path library) {
        if (!Files.isRegularFile(library)) return false;
        try (InputStream in = Files.newInputStream(library)) {
            byte[] start = in.readNBytes(5);
            return start.length < 5 || start[4] == 2;
        } catch (IOException e) {
            return true; // loading it says why it cannot be read
        }
    }

    /** cuBLAS; null, with a reason, if it is not there whole. */
    Found cublas() {
        List<Found> kinds = MAJORS.stream()
                .map(major -> new Found(major, null, List.of("libcublasLt.so." + major, "libcublas.so." + major)))
                .toList();
        return find("cuBLAS", kinds);
    }

    /** cuDNN 9; null, with a reason, if it is not there whole. */
    Found cudnn() {
        return find("cuDNN 9", List.of(new Found(0, null, CUDNN_PARTS)));
    }

    /**
     * The run-time compiler of CUDA {@code major}, which some of cuDNN's algorithms use where it is there; else null.
     *
     * @param packed whether to look in the jar
     */
    Found compiler(int major, boolean packed) {
        String library = "libnvrtc.so." + major;
        if (packed) {
            List<String> names = List.of("libnvrtc-builtins.so." + RedistJar.COMPILER_VERSION, library);
            return RedistJar.has(names) ? new Found(major, null, names) : null;
        }
        return Stream.concat(chosen.stream(), usual.stream())
                .filter(folder -> Files.isRegularFile(folder.resolve(library)))
                .map(folder -> new Found(major, folder, List.of(library)))
                .findFirst()
                .orElse(null);
    }

    /** @param kinds any of which will do, best first; the last name of each is the library that the others belong to */
    private Found find(String title, List<Found> kinds) {
        List<String> broken = new ArrayList<>();
        Found found = complete(title, kinds, chosen, broken);
        // What the user named counts, even where another one would do.
        if (found == null && broken.isEmpty()) {
            found = complete(title, kinds, usual, broken);
            if (found == null) found = packed(kinds);
        }
        if (found == null && broken.isEmpty()) {
            String names = kinds.stream().map(LibrarySearch::main).collect(Collectors.joining(" nor "));
            broken.add("no " + title + ": found no " + names
                    + " where toolkits, Python and conda put it; install it, or name its folder with --cuda-home"
                    + " (docs/gpu.md)");
        }
        if (found == null) reasons.addAll(broken);
        return found;
    }

    /** @param broken gets what is there only in part */
    private static Found complete(String title, List<Found> kinds, List<Path> folders, List<String> broken) {
        for (Found kind : kinds) {
            for (Path folder : folders) {
                if (!Files.isRegularFile(folder.resolve(main(kind)))) continue;
                List<String> absent = absent(kind, folder);
                if (absent.isEmpty()) return new Found(kind.major, folder, kind.names);
                broken.add(title + " is incomplete: " + main(kind) + " is in " + folder + ", but not "
                        + String.join(", ", absent) + "; install it anew, or name another folder with --cuda-home");
            }
        }
        return null;
    }

    private static Found packed(List<Found> kinds) {
        return kinds.stream()
                .filter(kind -> RedistJar.has(kind.names))
                .findFirst()
                .orElse(null);
    }

    private static String main(Found kind) {
        return kind.names.get(kind.names.size() - 1);
    }

    private static List<String> absent(Found kind, Path folder) {
        return kind.names.stream()
                .filter(name -> !Files.isRegularFile(folder.resolve(name)))
                .toList();
    }
}
