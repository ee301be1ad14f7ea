package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * JCuda's JNI libraries. Left alone, JCuda unpacks them into the folder for temporary files, under names that others can
 * guess and without care for other processes, and takes what lies there: a file that is cut off or still being written ends
 * the process. Here they are unpacked into a {@link PrivateFolder} instead, which is the folder for temporary files while
 * JCuda's classes initialise.
 */
final class JniLibraries {
    static final String VERSION = "12.6.0";

    /** What JCuda 12 was built for. */
    static final int MAJOR = 12;

    private static final Object TEMPORARY_FOLDER = new Object();

    private final PrivateFolder folder;
    private final int major;

    /**
     * @param folder to unpack into, one for each major version
     * @param major version of CUDA whose cuBLAS the libraries are to find
     */
    JniLibraries(PrivateFolder folder, int major) {
        this.folder = folder;
        this.major = major;
    }

    /** Those for the CUDA libraries of {@code major}, unpacked for this user. */
    static JniLibraries open(int major, Map<String, String> environment) {
        return new JniLibraries(PrivateFolder.open("jcuda-" + VERSION + "-cuda" + major, environment), major);
    }

    /**
     * Loads one library and initialises the class that it belongs to.
     *
     * @param library such as {@code JCudaDriver}
     * @param initialise touches the class
     * @throws LinkageError if it does not load
     */
    void load(String library, Runnable initialise) {
        Path file = unpack(library);
        // First here, because a class whose initialisation fails stays unusable.
        LoadedLibraries.load(file);
        settleTemporaryFolder();
        synchronized (TEMPORARY_FOLDER) {
            String before = System.getProperty("java.io.tmpdir");
            System.setProperty("java.io.tmpdir", folder.path().toString());
            try {
                initialise.run();
            } finally {
                System.setProperty("java.io.tmpdir", before);
            }
        }
    }

    /** The JDK remembers the folder for temporary files from its first use: let that come before the change. */
    private void settleTemporaryFolder() {
        try {
            Files.delete(Files.createTempFile(folder.path(), null, null));
            Files.delete(
                    File.createTempFile("duet", null, folder.path().toFile()).toPath());
        } catch (IOException e) {
            throw new DuetException(folder.path() + ": cannot be written (" + e + ")", e);
        }
    }

    /** Puts the library into the folder unless it is there, whole and unchanged. */
    Path unpack(String library) {
        String name = "lib" + library + "-" + VERSION + "-linux-x86_64.so";
        try (InputStream in = JniLibraries.class.getResourceAsStream("/lib/" + name)) {
            if (in == null) throw new DuetException(name + " is not on the class path; build Duet again");
            byte[] content = in.readAllBytes();
            if (major != MAJOR) new Elf(name, ByteBuffer.wrap(content)).retarget(names(major));
            return folder.put(name, content);
        } catch (IOException e) {
            throw new DuetException(
                    "cannot unpack " + name + " into " + folder.path() + " (" + e
                            + "); make room there or let XDG_CACHE_HOME name another folder",
                    e);
        }
    }

    /** The CUDA libraries that carry the major version in their name, old to new; cuDNN does not. */
    static Map<String, String> names(int major) {
        return Map.of(
                "libcublas.so." + MAJOR, "libcublas.so." + major,
                "libcublasLt.so." + MAJOR, "libcublasLt.so." + major,
                "libnvrtc.so." + MAJOR, "libnvrtc.so." + major);
    }
}
