package dev.duet.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folders of a machine in which CUDA's libraries and the NVIDIA driver's may lie.
 *
 * @param root {@code /}, or a test's stand-in
 * @param environment variables
 * @param named the folder that the user named, or null
 */
record LibraryPlaces(Path root, Map<String, String> environment, Path named) {
    /** One folder or several with a colon between: for scripts and services, where {@code --cuda-home} is not at hand. */
    static final String VARIABLE = "DUET_CUDA_LIBS";

    private static final List<String> SYSTEM =
            List.of("usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib", "lib/x86_64-linux-gnu");
    private static final List<String> DRIVER =
            List.of("usr/local/nvidia/lib64", "usr/lib/wsl/lib", "run/opengl-driver/lib", "usr/local/cuda/compat");

    /** Below the folder of a toolkit, of a Python package's libraries, or of an environment. */
    private static final List<String> BELOW = List.of("", "lib64", "lib", "targets/x86_64-linux/lib");

    static LibraryPlaces ofMachine(Path named) {
        return new LibraryPlaces(Path.of("/"), System.getenv(), named);
    }

    /** The folders that the user named: by the option, else by the variable. */
    List<Path> chosen() {
        if (named != null) return List.of(named.toAbsolutePath().normalize());
        return Stream.of(environment.getOrDefault(VARIABLE, "").split(":"))
                .filter(path -> !path.isEmpty())
                .map(path -> Path.of(path).toAbsolutePath().normalize())
                .toList();
    }

    /** Those folders and the ones below them that hold libraries. */
    List<Path> belowChosen() {
        return existing(chosen().stream().flatMap(LibraryPlaces::withBelow));
    }

    /** Where toolkits, system packages, Python and conda put the CUDA libraries, and where the loader looks. */
    List<Path> usual() {
        Stream<Path> system = SYSTEM.stream().map(root::resolve);
        return existing(Stream.of(
                        toolkits().stream().flatMap(LibraryPlaces::withBelow),
                        system,
                        cached("libcublas.so.", "libcudnn.so.").stream(),
                        pythons().stream().flatMap(LibraryPlaces::packages),
                        paths("LD_LIBRARY_PATH").stream())
                .flatMap(places -> places));
    }

    /** Where the driver's own library is when the user named no other. */
    List<Path> driver() {
        return existing(Stream.of(
                        paths("LD_LIBRARY_PATH").stream(),
                        cached("libcuda.so.1").stream(),
                        Stream.concat(SYSTEM.stream(), DRIVER.stream()).map(root::resolve))
                .flatMap(places -> places));
    }

    /** {@code /usr/local/cuda} first, which is what the administrator chose; then the newest. */
    private List<Path> toolkits() {
        List<Path> toolkits = new ArrayList<>(List.of(root.resolve("usr/local/cuda")));
        toolkits.addAll(children(root.resolve("usr/local"), "cuda-.*"));
        toolkits.add(root.resolve("opt/cuda"));
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) toolkits.addAll(paths(variable));
        return toolkits;
    }

    /** Folders with {@code lib/python3.*}: of the active environment, of the Python on the path, and the usual ones. */
    private List<Path> pythons() {
        List<Path> prefixes = new ArrayList<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) prefixes.addAll(paths(variable));
        for (Path folder : paths("PATH")) {
            Path python = folder.resolve("python3");
            if (Files.isExecutable(python)) prefixes.addAll(prefixes(python));
        }
        Path home =
                root.resolve(environment.getOrDefault("HOME", "/nonexistent").substring(1));
        for (String name : List.of(".local", "miniconda3", "miniforge3", "anaconda3")) prefixes.add(home.resolve(name));
        prefixes.addAll(children(home.resolve(".pyenv/versions"), ".*"));
        for (String name : List.of("usr/local", "usr", "opt/conda")) prefixes.add(root.resolve(name));
        return prefixes;
    }

    /** Where {@code bin/python3} lies and, as that may be a link, where it leads. */
    private static List<Path> prefixes(Path python) {
        List<Path> prefixes = new ArrayList<>();
        try {
            for (Path file : List.of(python, python.toRealPath())) {
                Path bin = file.toAbsolutePath().getParent();
                if (bin != null && bin.getParent() != null) prefixes.add(bin.getParent());
            }
        } catch (IOException e) {
            return prefixes;
        }
        return prefixes;
    }

    /** The library folders of NVIDIA's Python packages below a prefix, and conda's. */
    private static Stream<Path> packages(Path prefix) {
        Stream<Path> nvidia = children(prefix.resolve("lib"), "python3.*").stream()
                .flatMap(python -> Stream.of("site-packages", "dist-packages").map(python::resolve))
                .flatMap(packages -> children(packages.resolve("nvidia"), ".*").stream())
                .map(folder -> folder.resolve("lib"));
        return Stream.concat(Stream.of(prefix.resolve("lib")), nvidia);
    }

    /** A folder that a user may name, and where below it libraries may be; {@code site-packages} and {@code nvidia} too. */
    private static Stream<Path> withBelow(Path folder) {
        return Stream.of(
                        BELOW.stream().map(folder::resolve),
                        children(folder, ".*").stream().map(child -> child.resolve("lib")),
                        children(folder.resolve("nvidia"), ".*").stream().map(child -> child.resolve("lib")),
                        packages(folder))
                .flatMap(places -> places);
    }

    /** The folders of libraries that the system's loader knows by its cache; empty if it has none. */
    private Set<Path> cached(String... names) {
        Set<Path> folders = new LinkedHashSet<>();
        try {
            String cache = new String(Files.readAllBytes(root.resolve("etc/ld.so.cache")), StandardCharsets.ISO_8859_1);
            for (String name : names) {
                for (int at = cache.indexOf("/" + name); at >= 0; at = cache.indexOf("/" + name, at + 1))
                    folders.add(Path.of(cache.substring(cache.lastIndexOf('\0', at) + 1, at + 1)));
            }
        } catch (IOException e) {
            return folders;
        }
        return folders;
    }

    /** The folders that an environment variable lists. */
    private List<Path> paths(String variable) {
        return Stream.of(environment.getOrDefault(variable, "").split(":"))
                .filter(path -> path.startsWith("/"))
                .map(Path::of)
                .toList();
    }

    /** Sub-folders whose names match, the greatest name first; versions of two digits sort as wished. */
    private static List<Path> children(Path folder, String pattern) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .filter(path -> Files.isDirectory(path))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<Path> existing(Stream<Path> folders) {
        return folders.map(Path::normalize)
                .filter(path -> Files.isDirectory(path))
                .distinct()
                .toList();
    }
}
