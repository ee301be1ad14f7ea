package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A folder of this user's alone, for native code that is loaded from there. What is put into it appears under its name whole
 * or not at all, so that processes that start together never load each other's half-written files.
 */
final class PrivateFolder {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path path;

    private PrivateFolder(Path path) {
        this.path = path;
    }

    /**
     * Opens {@code duet/name} in the user's cache ({@code XDG_CACHE_HOME}, else {@code ~/.cache}), else in the folder for
     * temporary files.
     *
     * @throws DuetException naming each place and what is amiss with it
     */
    static PrivateFolder open(String name, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        for (Path place : places(environment)) {
            try {
                return create(place.resolve(name));
            } catch (IOException e) {
                problems.add(place + ": " + e);
            }
        }
        throw new DuetException("no folder for native libraries can be made (" + String.join("; ", problems)
                + "); let XDG_CACHE_HOME name a folder that can be written");
    }

    private static List<Path> places(Map<String, String> environment) {
        List<Path> places = new ArrayList<>();
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        String home = System.getProperty("user.home", "");
        if (cache.startsWith("/")) places.add(Path.of(cache, "duet"));
        else if (home.startsWith("/")) places.add(Path.of(home, ".cache", "duet"));
        places.add(Path.of(System.getProperty("java.io.tmpdir"), "duet-" + System.getProperty("user.name")));
        return places;
    }

    /** Makes the folder and those above it that are missing. */
    static PrivateFolder create(Path folder) throws IOException {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Path probe = Files.createTempFile(folder, "write", null);
        UserPrincipal user = Files.getOwner(probe);
        Files.delete(probe);
        closeToOthers(folder.getParent(), user);
        closeToOthers(folder, user);
        return new PrivateFolder(folder);
    }

    /** Whoever else may write there could have Duet load any code. */
    private static void closeToOthers(Path folder, UserPrincipal user) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory()) throw new IOException(folder + " is not a folder");
        if (!attributes.owner().equals(user))
            throw new IOException(folder + " belongs to " + attributes.owner() + ", not to " + user);
        Files.setPosixFilePermissions(folder, OWNER_ONLY);
    }

    Path path() {
        return path;
    }

    /** Makes file {@code name} hold {@code content}: one that differs, such as a cut-off one, is replaced. */
    Path put(String name, byte[] content) throws IOException {
        Path file = path.resolve(name);
        boolean there = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Arrays.equals(Files.readAllBytes(file), content);
        return there ? file : replace(file, new ByteArrayInputStream(content));
    }

    /** The same for what is too large to compare: a file of the resource's size is taken to be it. */
    Path put(String name, URL resource) throws IOException {
        Path file = path.resolve(name);
        URLConnection connection = resource.openConnection();
        try (InputStream content = connection.getInputStream()) {
            boolean there = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.size(file) == connection.getContentLengthLong();
            return there ? file : replace(file, content);
        }
    }

    private Path replace(Path file, InputStream content) throws IOException {
        Path temporary = Files.createTempFile(path, file.getFileName().toString(), null);
        try {
            try (OutputStream out = Files.newOutputStream(temporary)) {
                content.transferTo(out);
            }
            return Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
