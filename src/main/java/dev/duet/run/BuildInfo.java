package dev.duet.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What the build knew of itself.
 *
 * @param version of Duet, or {@code unknown}
 * @param commit of git, hexadecimal, or null if the build was not told
 */
public record BuildInfo(String version, String commit) {
    private static final String RESOURCE = "build.properties";

    /** Of the running Duet. */
    public static BuildInfo current() {
        try (InputStream in = BuildInfo.class.getResourceAsStream(RESOURCE)) {
            return in == null ? new BuildInfo("unknown", null) : read(in);
        } catch (IOException e) {
            throw IoFailures.of("read", Path.of(RESOURCE), e);
        }
    }

    static BuildInfo read(InputStream in) throws IOException {
        Properties properties = new Properties();
        properties.load(in);
        String version = filled(properties.getProperty("version"));
        return new BuildInfo(version == null ? "unknown" : version, filled(properties.getProperty("commit")));
    }

    /** Null for a placeholder that no build has filled in. */
    private static String filled(String value) {
        return value == null || value.isBlank() || value.startsWith("${") ? null : value.strip();
    }
}
