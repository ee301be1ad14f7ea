package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.IOException;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/** NVIDIA's libraries out of a jar on the class path: Bytedeco's {@code cuda} with classifier {@code linux-x86_64-redist}. */
final class RedistJar {
    static final String NAME = "the redistributable jar";

    /** Of its run-time compiler; cuDNN asks for the other libraries by their major version. */
    static final String COMPILER_VERSION = "12.6";

    private static final String FOLDER = "/org/bytedeco/cuda/linux-x86_64/";

    /** Name of the folder to unpack into; the jar's version is in the pom. */
    private static final String CACHE = "cuda-redist";

    private RedistJar() {}

    /** Whether all of these are in the jar. */
    static boolean has(List<String> names) {
        return names.stream().allMatch(name -> resource(name) != null);
    }

    /**
     * Unpacks them, once for all processes of this user; seconds and more than a gigabyte.
     *
     * @return their folder
     */
    @SuppressWarnings("try") // held, not used
    static Path unpack(List<String> names, Map<String, String> environment) {
        PrivateFolder folder = PrivateFolder.open(CACHE, environment);
        Path lock = folder.path().resolve("lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            for (String name : names) folder.put(name, resource(name));
            return folder.path();
        } catch (IOException e) {
            throw new DuetException(
                    "cannot unpack CUDA's libraries into " + folder.path() + " (" + e
                            + "); make room for 1.4 GB there or let XDG_CACHE_HOME name another folder",
                    e);
        }
    }

    private static URL resource(String name) {
        return RedistJar.class.getResource(FOLDER + name);
    }
}
